package import DeliveryModel

/// What of a request its signature covers.
package struct SignableRequest: Sendable {
  /// In upper case.
  package var method: String
  /// Absolute, and percent-encoded exactly as it will be sent.
  package var path: String
  /// Names and values before encoding, in any order. Send them through ``PercentEncoding/component(_:)-(String)``.
  package var query: [(name: String, value: String)]
  /// Every header to sign: `host` (with a port unless it is the scheme's own), each `x-amz-` header, and
  /// `content-type` where there is one. Names in lower case. The headers that ``RequestSigner`` adds are not among them,
  /// nor any that a proxy may change.
  package var headers: [(name: String, value: String)]
  package var payload: PayloadHash

  package init(
    method: String, path: String, query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)], payload: PayloadHash
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.payload = payload
  }
}

/// How a signature covers the body.
package enum PayloadHash: Sendable, Equatable {
  case digest(SHA256Digest)
  /// The body is left to TLS; S3 alone allows it.
  case unsigned

  /// The digest in hexadecimal, or S3's word for a body that is not signed:
  /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
  var text: String {
    switch self {
    case .digest(let digest): digest.hex
    case .unsigned: "UNSIGNED-PAYLOAD"
    }
  }
}
