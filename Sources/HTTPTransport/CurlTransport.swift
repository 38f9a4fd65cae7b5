import Glibc
import Synchronization

/// One request in, one response out, over one libcurl multi handle on a thread of its own. Connections are kept open and
/// shared by all exchanges.
///
/// Every exchange completes exactly once, whatever happens. Letting go of the last reference shuts the transport down.
package final class CurlTransport: Sendable {
  let orders: TransportOrders
  private let thread: TransportThread
  private let onCompletion: @Sendable ([HTTPCompletion]) -> Void

  /// Starts the thread.
  ///
  /// `onCompletion` is called on that thread with all exchanges that ended in one turn of its loop. Nothing is sent or
  /// received while it runs; it may submit and cancel.
  ///
  /// Throws if libcurl does not take the configuration, or the CA bundle cannot be read.
  package init(
    configuration: TransportConfiguration, onCompletion: @escaping @Sendable ([HTTPCompletion]) -> Void
  ) throws(TransportError) {
    let multi = try MultiHandle(idleConnections: configuration.maxConnections * 2)
    try Self.verify(configuration)
    let orders = TransportOrders(multi: multi)
    self.orders = orders
    self.onCompletion = onCompletion
    thread = try TransportThread(name: "http") {
      TransportLoop(configuration: configuration, orders: orders, multi: multi, onCompletion: onCompletion).run()
    }
  }

  deinit {
    shutdown()
    thread.detach()
  }

  /// What would fail for every exchange fails now.
  private static func verify(_ configuration: TransportConfiguration) throws(TransportError) {
    _ = try EasyHandle(configuration: configuration)
    guard let path = configuration.caBundle else { return }
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
      let reason = String(cString: strerror(errno)).lowercased()
      throw TransportError(kind: .tls, message: "the CA bundle cannot be read: \(reason)")
    }
    // The TLS library would wait for somebody to write into a pipe.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw TransportError(
        kind: .tls, message: "the CA bundle is no regular file, but a pipe, a socket, a device or a directory")
    }
  }

  /// Hands exchanges over. Returns at once; from any thread. After `shutdown` they complete as cancelled, on the
  /// calling thread. None at all make the loop turn once: a proof of life.
  package func submit(_ exchanges: [HTTPExchange]) {
    guard !orders.post(.submit(exchanges)), !exchanges.isEmpty else { return }
    onCompletion(exchanges.map { HTTPCompletion(id: $0.id, result: .failure(.cancelled)) })
  }

  /// Ends these exchanges, waiting or under way; they complete as cancelled unless they just completed otherwise.
  package func cancel(_ ids: [UInt64]) {
    _ = orders.post(.cancel(ids.map { .caller($0) }))
  }

  /// How far the bodies under way have been handed to the network, in bytes, by exchange. Bodies under 64 KiB go out in
  /// one piece and are not listed.
  package func bytesSent() -> [UInt64: Int64] { orders.bytesSent() }

  /// Bounds the bytes a second of all exchanges together, from now on; nil for no bound.
  package func limitBandwidth(_ bytesPerSecond: Int64?) {
    _ = orders.post(.limitBandwidth(bytesPerSecond))
  }

  /// Other settings for what begins from now on; what is under way ends as it began. The bandwidth stays as it is.
  ///
  /// Throws if libcurl does not take the configuration, or the CA bundle cannot be read: then nothing changes.
  package func use(_ configuration: TransportConfiguration) throws(TransportError) {
    try Self.verify(configuration)
    _ = orders.post(.use(configuration))
  }

  /// When the loop last turned: nanoseconds of CLOCK_MONOTONIC. It turns at every order, `submit` of none included, unless
  /// it hangs or `onCompletion` does.
  package var lastTurn: UInt64 { orders.lastTurn.load(ordering: .relaxed) }

  /// Cancels what is left, hands it back, closes all connections and waits for the thread to end. Within `onCompletion`
  /// it does not wait. Calling it again is harmless.
  package func shutdown() {
    orders.stop()
    thread.join()
  }
}
