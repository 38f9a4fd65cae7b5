import Dispatch
import Synchronization
import Testing

@testable import HTTPTransport

/// Connections that are kept for the next request, and what may have become of them meanwhile.
struct UsedConnectionTests {
  /// A server to which so many connections stand idle, all of which it has forgotten.
  private func forgetful(_ count: Int, _ transport: CurlTransport, _ ended: Completions) async throws -> LoopbackServer {
    let gate = DispatchSemaphore(value: 0)
    let arrivals = Mutex(0)
    let server = try LoopbackServer { request in
      guard request.target == "/open" else { return .status(200) }
      let number = arrivals.withLock { arrivals in
        arrivals += 1
        return arrivals
      }
      if number < count { gate.wait() } else { for _ in 1..<count { gate.signal() } }
      return .answerAndVanish("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    }
    let open = HTTPRequest(method: .put, url: server.url("/open"), body: .bytes([1]))
    transport.submit((0..<count).map { HTTPExchange(id: UInt64($0), request: open) })
    #expect(await ended.next(count).allSatisfy { $0.status == 200 })
    return server
  }

  @Test("Idle connections that died without a word cost one short attempt together", arguments: [1, 300_000])
  func dead(size: Int) async throws {
    let ended = Completions()
    let transport = try CurlTransport.forTests(deadConnectionTimeout: .seconds(2), completions: ended)
    let server = try await forgetful(3, transport, ended)
    defer { server.stop() }
    let request = HTTPRequest(method: .put, url: server.url("/next"), body: .bytes(pattern(size)))
    let start = MonotonicTime.now()
    let first = try await transport.perform(request)
    let seconds = Double(MonotonicTime.now() - start) / 1e9
    #expect(first.status == 200 && first.wasSentAgain)
    #expect(seconds >= 2)
    #expect(server.connections == 4)
    // Two more dead ones are left, and the living one: all may be used, none may be waited for.
    transport.submit((0..<3).map { HTTPExchange(id: $0, request: request) })
    let after = MonotonicTime.now()
    #expect(await ended.next(3).allSatisfy { $0.status == 200 })
    #expect(Double(MonotonicTime.now() - after) / 1e9 < 2)
    #expect(server.requests.filter { $0.target == "/next" }.map(\.body) == [[UInt8]](repeating: pattern(size), count: 4))
  }

  @Test("A used connection whose other side takes the request is waited for")
  func alive() async throws {
    let server = try LoopbackServer { request in
      request.ordinal == 0
        ? .status(200) : .slowly(["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"], pause: .seconds(2))
    }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(deadConnectionTimeout: .milliseconds(400))
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes([1]))
    for _ in 0..<2 { #expect(try await transport.perform(request).wasSentAgain == false) }
    #expect(server.connections == 1)
  }

  @Test("The registry knows each open socket once, and forgets those that are closed")
  func registry() async throws {
    let server = try LoopbackServer { _ in .status(200, headers: "connection: close\r\n") }
    defer { server.stop() }
    let multi = try MultiHandle(idleConnections: 4)
    let shared = SharedState(
      mailbox: Mailbox(multi: multi), sockets: multi.sockets, bucket: TokenBucket(rate: nil, now: 0))
    let transfer = try Transfer(configuration: TransportConfiguration(userAgent: "tests/1"), shared: shared)
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes([1]))
    for _ in 0..<3 {
      try transfer.begin(Job(ticket: .none, request: request), now: 0)
      #expect(multi.add(transfer.handle))
      while multi.nextFinished(Transfer.self) == nil { multi.wait(milliseconds: 100); multi.perform() }
      multi.remove(transfer.handle)
    }
    #expect(server.connections == 3)
    #expect(multi.sockets.count == 0)
  }
}
