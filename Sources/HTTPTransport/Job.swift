/// Who waits for an exchange.
enum Ticket: Hashable, Sendable {
  case none
  /// The caller of `submit`, with the caller's id.
  case caller(UInt64)
  /// The caller of `perform`, with a number of the transport's own.
  case waiter(UInt64)
}

/// An exchange on its way through the transport.
struct Job: Sendable {
  var ticket: Ticket
  var request: HTTPRequest
}
