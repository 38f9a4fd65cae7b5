import Synchronization

@testable import HTTPTransport

/// The only reference to a transport.
final class Holder: Sendable {
  private let transport = Mutex<CurlTransport?>(nil)

  func hold(_ transport: CurlTransport) { self.transport.withLock { $0 = transport } }

  func release() { transport.withLock { $0 = nil } }

  func submit(_ exchanges: [HTTPExchange]) { transport.withLock { $0?.submit(exchanges) } }
}
