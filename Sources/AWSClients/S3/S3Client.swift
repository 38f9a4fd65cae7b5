import AWSSigning
import Cryptography
import DeliveryModel
import HTTPTransport

/// Builds the requests to one bucket and judges the answers. No I/O: the caller sends them.
///
/// It keeps the day's signing key, so hold one for the life of the configuration.
package struct S3Client: Sendable {
  package let bucket: String
  let options: ObjectOptions
  let host: String
  var creationHeaders: [HTTPHeader]
  let commonHeaders: [HTTPHeader]
  private let origin: String
  private let pathPrefix: String
  private var signer: RequestSigner
  /// What an answer has to show here; it learns from the answers. Handed on to a client of the same endpoint and bucket.
  package internal(set) var proof: UploadProof

  /// The longest that S3 may take to begin with its answer, or to go on with it.
  private let answerTimeout: Duration

  /// `proof`: what an earlier client of the same endpoint and bucket has learnt.
  package init(
    endpoint: S3Endpoint, region: String, bucket: String, options: ObjectOptions = ObjectOptions(),
    answerTimeout: Duration = .seconds(300), proof: UploadProof? = nil
  ) {
    self.bucket = bucket
    self.answerTimeout = answerTimeout
    self.proof = proof ?? UploadProof(isAmazons: endpoint.service.isAmazons)
    self.options = options
    host = endpoint.host(for: bucket)
    creationHeaders = options.creationHeaders + options.commonHeaders
    commonHeaders = options.commonHeaders
    origin = endpoint.service.scheme + "://" + host
    pathPrefix = endpoint.pathPrefix(for: bucket) + "/"
    signer = RequestSigner(
      service: "s3", region: region, normalizesPath: false, doubleEncodesPath: false, signsContentHash: true)
  }

  /// Signs a request on the object `key`. `query` is in the order of its names.
  mutating func request(
    _ method: HTTPMethod, key: String, query: [(name: String, value: String)] = [], headers: [HTTPHeader],
    payload: PayloadHash, body: RequestBody, credentials: AWSCredentials, at moment: Timestamp
  ) -> HTTPRequest {
    let path = pathPrefix + PercentEncoding.path(key)
    var signed = [(name: "host", value: host)]
    signed.reserveCapacity(headers.count + 1)
    for header in headers { signed.append((header.name, header.value)) }
    let signable = SignableRequest(
      method: method.rawValue, path: path, query: query, headers: signed, payload: payload)
    var all = headers
    for added in signer.sign(signable, credentials: credentials, at: moment) {
      all.append(HTTPHeader(added.name, added.value))
    }
    return HTTPRequest(
      method: method, url: origin + path + Self.text(of: query), headers: all, body: body, answerTimeout: answerTimeout)
  }

  private static func text(of query: [(name: String, value: String)]) -> String {
    if query.isEmpty { return "" }
    return "?"
      + query.map { PercentEncoding.component($0.name) + "=" + PercentEncoding.component($0.value) }
      .joined(separator: "&")
  }

  /// Where its objects are: what was learnt of one place says nothing of another.
  package var place: String { origin + pathPrefix }

  /// Whether bodies go to it over TLS.
  package var isOverTLS: Bool { origin.hasPrefix("https:") }

  /// Whether that is AWS's own.
  package var isAmazons: Bool { proof.isAmazons }

  /// The digest of an empty body.
  static let emptyDigest = PayloadHash.digest(SHA256.digest(of: [UInt8]()))
}
