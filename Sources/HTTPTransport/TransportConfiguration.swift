/// How the transport connects and what it tolerates.
package struct TransportConfiguration: Sendable, Equatable {
  /// Name resolution, TCP and TLS together.
  package var connectTimeout: Duration
  /// A body of which fewer bytes reach the other side in this time than one a second is given up.
  package var stallTimeout: Duration
  /// The longest that may pass without a byte of the answer once the whole request has left, where the request says
  /// nothing else.
  package var answerTimeout: Duration
  /// A request on a connection that was used before, none of whose bytes the other side acknowledges in this time, goes
  /// out again on a fresh one: something on the way has forgotten the connection.
  package var deadConnectionTimeout: Duration
  /// A connection that carried nothing for longer is not used again: somebody on the way may have forgotten it.
  package var idleTimeout: Duration
  /// A body is given up when the disk of its file gives nothing in this time: less than services wait for one.
  package var bodyTimeout: Duration
  /// A PEM file that replaces the system's trusted certificates.
  package var caBundle: String?
  /// How long its content is kept: connections made later than that see a file that was replaced.
  package var bundleLifetime: Duration
  /// The only source of a proxy: the environment's are ignored.
  package var proxy: String?
  /// Exchanges under way at once; further ones wait in order. Up to twice as many connections stay open for reuse.
  package var maxConnections: Int
  package var userAgent: String
  /// Bytes a second of all requests together; nil for no bound.
  package var bandwidthLimit: Int64?

  package init(
    connectTimeout: Duration = .seconds(10), stallTimeout: Duration = .seconds(30),
    answerTimeout: Duration = .seconds(300), deadConnectionTimeout: Duration = .seconds(5),
    idleTimeout: Duration = .seconds(118), bodyTimeout: Duration = .seconds(15), caBundle: String? = nil,
    bundleLifetime: Duration = .seconds(60),
    proxy: String? = nil, maxConnections: Int = 64,
    userAgent: String, bandwidthLimit: Int64? = nil
  ) {
    self.connectTimeout = connectTimeout
    self.stallTimeout = stallTimeout
    self.answerTimeout = answerTimeout
    self.deadConnectionTimeout = deadConnectionTimeout
    self.idleTimeout = idleTimeout
    self.bodyTimeout = bodyTimeout
    self.caBundle = caBundle
    self.bundleLifetime = bundleLifetime
    self.proxy = proxy
    self.maxConnections = max(1, maxConnections)
    self.userAgent = userAgent
    self.bandwidthLimit = bandwidthLimit
  }
}
