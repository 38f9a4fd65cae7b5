import COpenSSL
package import DeliveryModel

/// A question to a time-stamping authority (RFC 3161 section 2.4.1): the SHA-256 of some bytes, a nonce, and the wish for
/// the authority's certificates in the answer.
package struct TimeStampRequest: Sendable, Equatable {
  /// SHA-256 of what is stamped.
  package let imprint: SHA256Digest
  /// A random number that the answer must repeat. 0 counts as none.
  package let nonce: UInt64

  /// `nonce` is random, and never used for a second request.
  package init(imprint: SHA256Digest, nonce: UInt64) {
    self.imprint = imprint
    self.nonce = nonce
  }

  /// The body of the request, to be sent as `application/timestamp-query`.
  package var der: [UInt8] {
    Self.withRequest(imprint, nonce: nonce) { request in
      var output: UnsafeMutablePointer<UInt8>?
      let count = i2d_TS_REQ(request, &output)
      precondition(count > 0, "OpenSSL cannot write a time stamp request: \(OpenSSLFailure.takeText())")
      defer { CRYPTO_free(output, #file, #line) }
      return Array(UnsafeBufferPointer(start: output, count: Int(count)))
    }
  }

  /// Runs `body` over the request as OpenSSL has it.
  static func withRequest<Result>(
    _ imprint: SHA256Digest, nonce: UInt64?, _ body: (OpaquePointer?) throws -> Result
  ) rethrows -> Result {
    let request = TS_REQ_new()
    let message = TS_MSG_IMPRINT_new()
    let algorithm = X509_ALGOR_new()
    defer {
      X509_ALGOR_free(algorithm)
      TS_MSG_IMPRINT_free(message)
      TS_REQ_free(request)
    }
    var digest = imprint.bytes
    var isComplete =
      X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nil) == 1
      && TS_MSG_IMPRINT_set_algo(message, algorithm) == 1
      && TS_MSG_IMPRINT_set_msg(message, &digest, Int32(SHA256Digest.byteCount)) == 1
      && TS_REQ_set_version(request, 1) == 1 && TS_REQ_set_msg_imprint(request, message) == 1
      && TS_REQ_set_cert_req(request, 1) == 1
    if let nonce, nonce != 0 {
      let number = ASN1_INTEGER_new()
      defer { ASN1_INTEGER_free(number) }
      isComplete = isComplete && ASN1_INTEGER_set_uint64(number, nonce) == 1 && TS_REQ_set_nonce(request, number) == 1
    }
    precondition(isComplete, "OpenSSL cannot make a time stamp request: \(OpenSSLFailure.takeText())")
    return try body(request)
  }
}
