import Dispatch
import Synchronization
import Testing

@testable import HTTPTransport

/// Connections that are kept for the next request, and what may have become of them meanwhile.
struct UsedConnectionTests {
  /// A server to which so many connections stand idle, all of which it has forgotten.
  private func forgetful(_ count: Int, _ transport: CurlTransport, _ ended: Completions) async throws -> LoopbackServer
  {
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
    for _ in 0..<10 where try await showsDead(size: size) { return }
    Issue.record("ten times in a row the kernel found out first")
  }

  /// Not where the machine was so slow that the kernel's own probes (after 15 s) found out first, and nothing is shown.
  private func showsDead(size: Int) async throws -> Bool {
    let ended = Completions()
    let transport = try CurlTransport.forTests(deadConnectionTimeout: .seconds(2), completions: ended)
    let opened = MonotonicTime.now()
    let server = try await forgetful(3, transport, ended)
    defer { server.stop() }
    let request = HTTPRequest(method: .put, url: server.url("/next"), body: .bytes(pattern(size)))
    let start = MonotonicTime.now()
    let first = try await transport.perform(request)
    let now = MonotonicTime.now()
    guard now - opened < 14_000_000_000 else { return false }
    #expect(first.status == 200 && first.wasSentAgain)
    #expect(Double(now - start) / 1e9 >= 2)
    #expect(server.connections == 4)
    // Two more dead ones are left, and the living one: all may be used, none may be waited for.
    transport.submit((0..<3).map { HTTPExchange(id: $0, request: request) })
    #expect(await ended.next(3).allSatisfy { (try? $0.result.get())?.wasSentAgain == false })
    #expect(
      server.requests.filter { $0.target == "/next" }.map(\.body) == [[UInt8]](repeating: pattern(size), count: 4))
    return true
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

  @Test(
    "A second answer is never the answer to the next request",
    arguments: [
      "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n",
    ],
    [
      ["", "HTTP/1.1 200 OK\r\netag: wrong\r\ncontent-length: 5\r\n\r\nwrong"],
      ["HTTP/1.1 200 OK\r\netag: wrong\r\ncontent-length: 5\r\n\r\nwrong"],
      ["HTTP/1.1 200 OK\r\netag: wr", "ong\r\ncontent-length: 5\r\n\r\nwrong"],
      ["xHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong"],
    ])
  func surplus(answer: String, more: [String]) async throws {
    let server = try LoopbackServer { request in
      request.target == "/first"
        ? .slowly([answer + more[0]] + more[1...], pause: .milliseconds(20)) : .status(200, body: request.target)
    }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let first = HTTPRequest(method: .put, url: server.url("/first"), body: .bytes([1]))
    #expect(try await transport.perform(first).status / 100 == 2)
    await server.sentReply()
    for path in ["/second", "/third"] {
      let next = HTTPRequest(method: .put, url: server.url(path), body: .bytes([2]))
      let answer = try await transport.perform(next)
      #expect(answer.body == Array(path.utf8))
      #expect(!answer.wasSentAgain, "it had not left when the other answer was seen")
    }
    #expect(server.requests.map(\.target) == ["/first", "/second", "/third"])
  }

  @Test("Once a server has sent more than it was asked for, no connection to it is used twice")
  func caution() async throws {
    let server = try LoopbackServer { request in
      // The second answer to the first comes when the next request has long arrived: nothing tells it from an answer.
      request.target == "/first"
        ? .slowly(["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "surplus"], pause: .milliseconds(20)) : .status(200)
    }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    _ = try await transport.perform(HTTPRequest(method: .get, url: server.url("/first")))
    await server.sentReply()
    for _ in 0..<3 { _ = try await transport.perform(HTTPRequest(method: .get, url: server.url())) }
    #expect(server.connections == 4)
  }

  @Test("A second answer that hides in the TLS library is not taken either")
  func hiddenSurplus() async throws {
    let server = try TLSServer(name: "IP:127.0.0.1")
    defer { server.stop() }
    let transport = try CurlTransport.forTests(caBundle: server.certificate)
    for path in ["/surplus", "/next", "/surplus", "/last"] {
      let request = HTTPRequest(method: .get, url: "https://127.0.0.1:\(server.port)\(path)")
      #expect(try await transport.perform(request).body == Array(path.utf8))
    }
  }

  @Test("On a used connection an answer that left before the whole request was there is not taken")
  func early() async throws {
    let early = Reply.status(200, body: "wrong")
    let server = try LoopbackServer(
      room: 16_384,
      admit: { $0.ordinal == 1 ? early : $0.connection == 0 ? nil : .readSlowly(80_000_000, then: Self.right) }
    ) { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    _ = try await transport.perform(HTTPRequest(method: .get, url: server.url()))
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(8_000_000)))
    let answer = try await transport.perform(request)
    #expect(answer.body == Array("right".utf8))
    #expect(answer.wasSentAgain)
    #expect(server.connections == 2)
  }

  @Test(
    "A server that is overloaded may say so before it has the whole request, and is not asked again at once",
    arguments: [503, 429])
  func overloaded(status: Int) async throws {
    let server = try LoopbackServer(room: 16_384, admit: { $0.ordinal == 1 ? .status(status) : nil }) { _ in
      .status(200)
    }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    _ = try await transport.perform(HTTPRequest(method: .get, url: server.url()))
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(8_000_000)))
    let answer = try await transport.perform(request)
    #expect(answer.status == status && !answer.wasSentAgain)
    _ = try await transport.perform(HTTPRequest(method: .get, url: server.url()))
    #expect(server.connections == 2)
  }

  private static let right = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright"

  @Test("Success for a request that is only half sent is none, on a fresh connection too")
  func successTooEarly() async throws {
    let server = try LoopbackServer(room: 16_384, admit: { _ in .status(200, body: "wrong") }) { _ in .silence }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(8_000_000)))
    let failure = await transport.failure(of: request)
    #expect(failure?.kind == .closed)
    #expect(failure?.message == "127.0.0.1:\(server.port) answered before it had the whole request")
  }

  @Test("The registry knows each open socket once, and forgets those that are closed")
  func registry() async throws {
    let server = try LoopbackServer { _ in .status(200, headers: "connection: close\r\n") }
    defer { server.stop() }
    let multi = try MultiHandle(idleConnections: 4)
    let shared = SharedState(
      orders: TransportOrders(multi: multi), sockets: multi.sockets, bucket: TokenBucket(rate: nil, now: 0))
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
