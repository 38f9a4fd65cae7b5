import Cryptography
import DeliveryModel
import FoundationEssentials
import HTTPTransport

/// The headers by which a receiver knows who sent a request and which it has seen before, as Standard Webhooks writes them
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): pure functions.
package struct WebhookSignature {
  private let key: HMACSHA256

  /// A key of fewer bytes could be guessed; the specification asks for 24 to 64.
  static let leastKeyBytes = 24
  private static let prefix = "whsec_"

  /// Takes what is in the file of the key: `whsec_` and Base64, or any text, which is the key as it stands. Spaces and line
  /// ends around it do not count. Throws in words that hold nothing of it.
  init(keyFile bytes: [UInt8]) throws(WebhookFault) {
    let text = String(decoding: bytes, as: UTF8.self).trimmed
    var key = Array(text.utf8)
    if text.hasPrefix(Self.prefix) {
      guard let decoded = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))) else {
        throw WebhookFault("what follows \(Self.prefix) in the file of the webhook's key is not Base64")
      }
      key = Array(decoded)
    }
    guard key.count >= Self.leastKeyBytes else {
      throw WebhookFault(
        "the webhook's key has \(key.count.counted("byte")), at least \(Self.leastKeyBytes) are needed (openssl rand -base64 32)"
      )
    }
    self.key = HMACSHA256(key: key)
  }

  /// `id` holds no dot; `seconds` since 1970 are those of this attempt.
  func headers(id: String, seconds: Int64, body: [UInt8]) -> [HTTPHeader] {
    let code = key.code(of: Array("\(id).\(seconds).".utf8) + body)
    return [
      HTTPHeader("webhook-id", id), HTTPHeader("webhook-timestamp", String(seconds)),
      HTTPHeader("webhook-signature", "v1," + Data(code.bytes).base64EncodedString()),
    ]
  }
}

/// Why nothing can be posted, in words without a secret.
package struct WebhookFault: Error, Sendable, Equatable {
  package let message: String
  /// A file is missing that systemd makes for the service alone, while it runs.
  package let isForSystemd: Bool

  init(_ message: String, isForSystemd: Bool = false) {
    self.message = message
    self.isForSystemd = isForSystemd
  }
}

extension String {
  /// Without spaces and line ends at both ends.
  var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
