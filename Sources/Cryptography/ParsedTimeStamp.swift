import COpenSSL
import DeliveryModel

/// A time-stamping authority's answer as OpenSSL reads it, not yet verified.
final class ParsedTimeStamp {
  private let response: OpaquePointer

  init(_ der: [UInt8]) throws(TimeStampError) {
    let parsed = der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
      var position = bytes.baseAddress
      guard let response = d2i_TS_RESP(nil, &position, bytes.count) else { return nil }
      guard position == bytes.baseAddress.map({ $0 + bytes.count }) else {
        TS_RESP_free(response)
        return nil
      }
      return response
    }
    ERR_clear_error()
    guard let parsed else { throw .malformed }
    response = parsed
  }

  deinit { TS_RESP_free(response) }

  /// 0 is granted, 1 granted with modifications (RFC 3161 section 2.4.2); everything else comes without a token.
  func checkStatus() throws(TimeStampError) {
    let information = TS_RESP_get_status_info(response)
    let status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(information))
    guard status == 0 || status == 1, TS_RESP_get_tst_info(response) != nil else {
      throw .refused(status: status, text: words(of: information))
    }
  }

  /// `genTime`: `20261201020304Z`, with a fraction or without (RFC 3161 section 2.4.2). Rounded down to the millisecond.
  func time() throws(TimeStampError) -> Timestamp {
    guard let information = TS_RESP_get_tst_info(response), let time = TS_TST_INFO_get_time(information) else {
      throw .malformed
    }
    let text = Self.text(of: time)
    let digits = Array(text.utf8.prefix(14))
    let rest = text.utf8.dropFirst(14)
    guard digits.count == 14, digits.allSatisfy(Self.isDigit), rest.last == UInt8(ascii: "Z") else {
      throw .time(text)
    }
    let fraction = rest.dropLast()
    guard fraction.isEmpty || fraction.first == UInt8(ascii: ".") && fraction.dropFirst().allSatisfy(Self.isDigit)
    else { throw .time(text) }
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    let milliseconds = String(decoding: Array(fraction.dropFirst().prefix(3)), as: UTF8.self)
    let iso8601 =
      "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))."
      + milliseconds + String(repeating: "0", count: 3 - milliseconds.utf8.count) + "Z"
    guard let moment = Timestamp(iso8601: iso8601) else { throw .time(text) }
    return moment
  }

  /// The token within the answer; empty where there is none.
  var token: [UInt8] {
    guard let token = TS_RESP_get_token(response) else { return [] }
    var output: UnsafeMutablePointer<UInt8>?
    let count = i2d_PKCS7(token, &output)
    guard count > 0 else { return [] }
    defer { CRYPTO_free(output, #file, #line) }
    return Array(UnsafeBufferPointer(start: output, count: Int(count)))
  }

  /// Whether the stamp is over these bytes.
  func checkImprint(_ imprint: SHA256Digest) throws(TimeStampError) {
    let errors = errors(of: UInt32(TS_VFY_VERSION | TS_VFY_IMPRINT), imprint, nonce: nil)
    if errors != nil { throw .imprint }
  }

  /// Whether the stamp repeats the request's number.
  func checkNonce(_ nonce: UInt64, _ imprint: SHA256Digest) throws(TimeStampError) {
    let errors = errors(of: UInt32(TS_VFY_NONCE), imprint, nonce: nonce)
    if errors != nil { throw .nonce }
  }

  /// Whether the stamp's signature is right, and made with a certificate for time stamps that leads to a trusted one.
  func checkSignature(_ imprint: SHA256Digest, _ trusted: TrustedCertificates) throws(TimeStampError) {
    guard let errors = errors(of: UInt32(TS_VFY_SIGNATURE), imprint, nonce: nil, trusted) else { return }
    let text = errors.map(\.text).joined(separator: "; ")
    throw errors.contains { $0.reason == TS_R_CERTIFICATE_VERIFY_ERROR } ? .chain(text) : .signature(text)
  }

  /// Makes the checks of `flags` (openssl/ts.h); what OpenSSL says where one fails, else nil.
  private func errors(
    of flags: UInt32, _ imprint: SHA256Digest, nonce: UInt64?, _ trusted: TrustedCertificates? = nil
  ) -> [(reason: Int32, text: String)]? {
    ERR_clear_error()
    let passed = TimeStampRequest.withRequest(imprint, nonce: nonce) { request -> Bool in
      guard let context = TS_REQ_to_TS_VERIFY_CTX(request, nil) else { return false }
      defer { TS_VERIFY_CTX_free(context) }
      TS_VERIFY_CTX_set_flags(context, Int32(bitPattern: flags))
      // The context frees the store that it is given.
      if let trusted { TS_VERIFY_CTX_set_store(context, trusted.sharedStore()) }
      return TS_RESP_verify_response(context, response) == 1
    }
    let errors = OpenSSLFailure.takeAll()
    return passed ? nil : errors
  }

  /// What the authority says of its refusal; at most 500 bytes of each text.
  private func words(of information: OpaquePointer?) -> String {
    guard let list = TS_STATUS_INFO_get0_text(information) else { return "" }
    return (0..<OPENSSL_sk_num(list)).compactMap { index in
      OPENSSL_sk_value(list, index).map { Self.text(of: $0.assumingMemoryBound(to: ASN1_STRING.self)) }
    }.joined(separator: "; ")
  }

  private static func text(of string: UnsafePointer<ASN1_STRING>) -> String {
    let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    return String(decoding: bytes.prefix(500), as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}
