/// What has become of connections that were kept for the next request, by the server's `host:port`. Moments in nanoseconds.
struct ConnectionHistory {
  private var deaths: [String: UInt64] = [:]
  private var surpluses: [String: UInt64] = [:]

  /// So long after bytes that belong to no request no connection to that server is used a second time.
  private static let caution: UInt64 = 600_000_000_000

  /// A connection turned out to be dead though nobody had closed it: whatever was last used before may be dead as well.
  mutating func noteDeath(of server: String, now: UInt64) { deaths[server] = now }

  /// A server sent bytes that belong to no request. What was kept until now is not used any more, and for a while nothing
  /// is kept: its next surplus could arrive after the next request has left, and be taken for the answer to it.
  mutating func noteSurplus(of server: String, now: UInt64) {
    deaths[server] = now
    surpluses[server] = now
  }

  /// Whether a connection may still carry a request.
  func mayUse(_ connection: SocketRegistry.Connection, to server: @autoclosure () -> String) -> Bool {
    guard connection.isReused, !deaths.isEmpty else { return true }
    return connection.lastUse > deaths[server()] ?? 0
  }

  /// Whether a connection may be kept for the next request.
  func mayKeep(_ server: @autoclosure () -> String, now: UInt64) -> Bool {
    guard !surpluses.isEmpty, let last = surpluses[server()] else { return true }
    return now >= last + Self.caution
  }
}
