/// How an exchange ended. An answer of any status is a success here: judging it is the caller's work.
package struct HTTPCompletion: Sendable {
  /// The id of the exchange.
  package var id: UInt64
  package var result: Result<HTTPResponse, TransportError>

  package init(id: UInt64, result: Result<HTTPResponse, TransportError>) {
    self.id = id
    self.result = result
  }
}
