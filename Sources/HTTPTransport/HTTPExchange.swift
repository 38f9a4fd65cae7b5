/// A request handed to the transport.
package struct HTTPExchange: Sendable {
  /// The caller's choice; names the exchange in its completion, in `cancel` and in `bytesSent`. Unique among the
  /// exchanges under way.
  package var id: UInt64
  package var request: HTTPRequest

  package init(id: UInt64, request: HTTPRequest) {
    self.id = id
    self.request = request
  }
}
