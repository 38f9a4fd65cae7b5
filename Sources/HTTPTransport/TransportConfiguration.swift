/// How the transport connects and what it tolerates.
package struct TransportConfiguration: Sendable {
  /// Name resolution, TCP and TLS together.
  package var connectTimeout: Duration
  /// An exchange on which fewer bytes move in this time than one a second is given up.
  package var stallTimeout: Duration
  /// How long a complete answer may take once the whole request has left, however busily bytes trickle in.
  package var answerTimeout: Duration
  /// A PEM file that replaces the system's trusted certificates.
  package var caBundle: String?
  /// The only source of a proxy: the environment's are ignored.
  package var proxy: String?
  /// Exchanges under way at once; further ones wait in order. Up to twice as many connections stay open for reuse.
  package var maxConnections: Int
  package var userAgent: String
  /// Bytes a second of all requests together; nil for no bound.
  package var bandwidthLimit: Int64?

  package init(
    connectTimeout: Duration = .seconds(10), stallTimeout: Duration = .seconds(30),
    answerTimeout: Duration = .seconds(900), caBundle: String? = nil, proxy: String? = nil, maxConnections: Int = 64,
    userAgent: String, bandwidthLimit: Int64? = nil
  ) {
    self.connectTimeout = connectTimeout
    self.stallTimeout = stallTimeout
    self.answerTimeout = answerTimeout
    self.caBundle = caBundle
    self.proxy = proxy
    self.maxConnections = max(1, maxConnections)
    self.userAgent = userAgent
    self.bandwidthLimit = bandwidthLimit
  }
}
