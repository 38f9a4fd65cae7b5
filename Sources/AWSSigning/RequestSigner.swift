import Cryptography
package import DeliveryModel

/// Signs requests with AWS Signature Version 4 in the `Authorization` header, for one service in one region.
///
/// A value without I/O; it keeps the day's derived key and its buffers, so hold one per client rather than one per
/// request. The algorithm: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
package struct RequestSigner: Sendable {
  private let service: String
  private let region: String
  private let path: PathRules
  private let signsContentHash: Bool

  private var key: SigningKey?
  /// How often a key was derived: once a day and secret, if all is well.
  private(set) var derivations = 0
  private(set) var canonicalRequest = CanonicalRequest()
  private(set) var stringToSign: [UInt8] = []

  /// `service` is the name in the credential scope, such as `s3`. The path is normalised and encoded once more for
  /// every service but S3, and `x-amz-content-sha256` is added and signed for S3, which demands it.
  package init(
    service: String, region: String, normalizesPath: Bool, doubleEncodesPath: Bool, signsContentHash: Bool
  ) {
    self.service = service
    self.region = region
    path = PathRules(normalizes: normalizesPath, encodesAgain: doubleEncodesPath)
    self.signsContentHash = signsContentHash
  }

  /// The headers to add to the request: `authorization` and `x-amz-date`; `x-amz-security-token` for temporary
  /// credentials; `x-amz-content-sha256` where the service wants it.
  package mutating func sign(
    _ request: SignableRequest, credentials: AWSCredentials, at moment: Timestamp
  ) -> [(name: String, value: String)] {
    let time = SigningTime(moment)
    let key = signingKey(for: credentials, at: time)
    let payloadHash = request.payload.text
    var added = [(name: "x-amz-date", value: time.text)]
    if let token = credentials.sessionToken { added.append((name: "x-amz-security-token", value: token)) }
    if signsContentHash { added.append((name: "x-amz-content-sha256", value: payloadHash)) }

    var hasher = SHA256Hasher()
    canonicalRequest.write(request, headers: request.headers + added, payloadHash: payloadHash, path: path)
    hasher.update(canonicalRequest.bytes)
    writeStringToSign(time: time, scope: key.scope, requestHash: hasher.finish())
    let signature = key.code.code(of: stringToSign, using: &hasher)
    added.insert((name: "authorization", value: authorization(credentials, key.scope, signature)), at: 0)
    return added
  }

  private mutating func signingKey(for credentials: AWSCredentials, at time: SigningTime) -> SigningKey {
    if let key, key.serves(credentials, at: time) { return key }
    let derived = SigningKey(credentials: credentials, time: time, region: region, service: service)
    key = derived
    derivations += 1
    return derived
  }

  private mutating func writeStringToSign(time: SigningTime, scope: [UInt8], requestHash: SHA256Digest) {
    stringToSign.removeAll(keepingCapacity: true)
    stringToSign.append(contentsOf: "AWS4-HMAC-SHA256\n".utf8)
    stringToSign.append(contentsOf: time.text.utf8)
    stringToSign.append(CanonicalRequest.newline)
    stringToSign.append(contentsOf: scope)
    stringToSign.append(CanonicalRequest.newline)
    stringToSign.append(contentsOf: requestHash.hex.utf8)
  }

  private func authorization(_ credentials: AWSCredentials, _ scope: [UInt8], _ signature: SHA256Digest) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(384)
    text.append(contentsOf: "AWS4-HMAC-SHA256 Credential=".utf8)
    text.append(contentsOf: credentials.accessKeyID.utf8)
    text.append(UInt8(ascii: "/"))
    text.append(contentsOf: scope)
    text.append(contentsOf: ", SignedHeaders=".utf8)
    text.append(contentsOf: canonicalRequest.bytes[canonicalRequest.signedHeaders])
    text.append(contentsOf: ", Signature=".utf8)
    text.append(contentsOf: signature.hex.utf8)
    return String(decoding: text, as: UTF8.self)
  }
}

/// Its buffers hold a session token, its key the secret.
extension RequestSigner: CustomStringConvertible, CustomReflectable {
  package var description: String { "signer of " + service + " in " + region }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
