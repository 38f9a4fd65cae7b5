import Synchronization

@testable import HTTPTransport

/// The only reference to a transport.
final class Holder: Sendable {
  private let transport = Mutex<CurlTransport?>(nil)

  func hold(_ transport: CurlTransport) { self.transport.withLock { $0 = transport } }

  /// Outside of the lock: the transport waits for its thread, whose callback may ask for it.
  func release() { _ = transport.withLock { $0.take() } }

  func bytesSent() -> [UInt64: Int64] { transport.withLock { $0?.bytesSent() } ?? [:] }

  func submit(_ exchanges: [HTTPExchange]) { transport.withLock { $0?.submit(exchanges) } }
}
