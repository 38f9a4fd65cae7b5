import Cryptography
import DeliveryModel

/// The key that signs every request of one day, region and service with one secret. A derivation costs four HMACs, so
/// it is kept as long as it is good:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
struct SigningKey: Sendable {
  let code: HMACSHA256
  /// `20150830/us-east-1/s3/aws4_request`.
  let scope: [UInt8]
  private let day: Int64
  private let secret: String

  init(credentials: AWSCredentials, time: SigningTime, region: String, service: String) {
    var hasher = SHA256Hasher()
    var key = HMACSHA256(key: Array("AWS4".utf8) + Array(credentials.secretAccessKey.utf8))
    var scope: [UInt8] = []
    for part in [Array(time.date), Array(region.utf8), Array(service.utf8), Array("aws4_request".utf8)] {
      key = HMACSHA256(key: key.code(of: part, using: &hasher).bytes)
      if !scope.isEmpty { scope.append(UInt8(ascii: "/")) }
      scope.append(contentsOf: part)
    }
    code = key
    self.scope = scope
    day = time.day
    secret = credentials.secretAccessKey
  }

  /// Whether it signs for this secret on this day.
  func serves(_ credentials: AWSCredentials, at time: SigningTime) -> Bool {
    day == time.day && secret == credentials.secretAccessKey
  }
}

/// A key and its secret are for no eyes.
extension SigningKey: CustomStringConvertible, CustomReflectable {
  var description: String { "signing key" }
  var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
