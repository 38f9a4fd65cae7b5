/// What a TLS handshake that did not come to an end says of the other side.
///
/// libcurl has one code for them all (CURLE_SSL_CONNECT_ERROR) and tells them apart only in its description, which holds
/// OpenSSL's error code where there is one: `error:0A000126:SSL routines::unexpected eof while reading`.
enum HandshakeFailure: Equatable {
  /// A verdict about protocol, cipher or trust: it is the same tomorrow, unless somebody changes something.
  case verdict
  /// The connection broke, or what came over it was damaged.
  case broken

  init(_ description: String) {
    guard let reason = Self.reason(in: description) else {
      // Reset, closed, or an error of the system: OpenSSL has nothing to say then.
      self = .broken
      return
    }
    self = Self.verdicts.contains(reason) ? .verdict : .broken
  }

  /// The reason in OpenSSL's packed code: its lowest 23 bits (ERR_GET_REASON(3)); nil where none is quoted, or not of
  /// its TLS part (ERR_LIB_SSL, 20).
  private static func reason(in description: String) -> UInt32? {
    guard let mark = description.firstRange(of: "error:") else { return nil }
    let digits = description[mark.upperBound...].utf8.prefix { $0 != UInt8(ascii: ":") }
    guard digits.count == 8, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), code >> 23 == 20
    else { return nil }
    return code & 0x7f_ffff
  }

  /// Of <openssl/sslerr.h>. An alert of the other side is 1000 and its number, of which RFC 8446, section 6.2, lists the
  /// meaning. What is not listed here is what a network, a restart or an overload does: an end of file, a reset, a record
  /// that cannot be decrypted, `internal_error`, `close_notify`, `user_canceled`.
  private static let verdicts: Set<UInt32> = [
    134, 238, 383,  // the certificate
    155, 156, 252, 254, 267,  // something without TLS, such as a plain HTTP server or proxy
    166, 191, 258, 259, 266, 396, 338,  // no version that both allow
    118, 181, 185, 193, 235, 241, 261, 333, 370, 376, 378, 410,  // no cipher, signature, group, protocol
    394, 397, 398, 399,  // a key or a digest that is too weak
    1040, 1042, 1043, 1044, 1045, 1046, 1048, 1049,  // alerts: handshake_failure, our certificate, access_denied
    1060, 1070, 1071, 1086,  // alerts: export_restriction, protocol_version, insufficient_security, fallback
    1109, 1110, 1112, 1115, 1116, 1120,  // alerts: extensions, unrecognized_name, identity, certificate, protocol
  ]
}
