/// Why there is no answer. Whether the server acted on the request is unknown, except for `resolve`, `connect` and `tls`,
/// where it never saw it.
package struct TransportError: Error, Sendable, Equatable {
  package enum Kind: String, Sendable {
    /// The server's name has no address, or the name service did not answer.
    case resolve
    /// No connection to the server, or none that lasted until TLS had begun.
    case connect
    /// The other side's certificate or protocol is not to be trusted.
    case tls
    /// No connection, or no progress on one, within the configured time.
    case timeout
    /// The connection ended before the answer was complete.
    case closed
    /// By `cancel`, by the end of the waiting task or by `shutdown`.
    case cancelled
    /// The answer exceeds the request's `responseLimit`.
    case responseTooLarge = "response-too-large"
    /// The file ended before the announced length: it was cut short meanwhile.
    case shortBody = "short-body"
    /// The file could not be read while it was sent: its disk's fault, not the server's.
    case unreadableBody = "unreadable-body"
    /// The disk of the file gave nothing of it for a while: neither the server's fault nor the network's.
    case bodyStalled = "body-stalled"
    /// Everything else, including a request that cannot be sent as it stands.
    case other
  }

  package var kind: Kind
  /// Plain words and printable ASCII, naming the server but never the path, the headers or a credential.
  package var message: String

  package init(kind: Kind, message: String) {
    self.kind = kind
    self.message = message
  }
}

extension TransportError: CustomStringConvertible {
  package var description: String { message }
}

extension TransportError {
  static let cancelled = TransportError(kind: .cancelled, message: "the exchange was cancelled")
  static let shortBody = TransportError(kind: .shortBody, message: "the file became shorter while it was sent")

  /// `time`: how long the disk was waited for.
  static func bodyStalled(_ time: Duration) -> TransportError {
    TransportError(kind: .bodyStalled, message: "its disk or share has not answered for \(time.text)")
  }
}
