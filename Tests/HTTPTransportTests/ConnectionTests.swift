import Testing

@testable import HTTPTransport

struct ConnectionTests {
  @Test("Requests one after the other share one connection")
  func keepAlive() async throws {
    let server = try LoopbackServer { _ in .status(200, body: "x") }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    for _ in 0..<50 {
      _ = try await transport.perform(HTTPRequest(method: .put, url: server.url(), body: .bytes([1])))
    }
    #expect(server.requests.count == 50)
    #expect(server.connections == 1)
  }

  @Test("No more exchanges run at once than configured; all complete, each once")
  func bound() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(maxConnections: 3, completions: completions)
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(5000)))
    transport.submit((0..<300).map { HTTPExchange(id: $0, request: request) })
    let ended = await completions.next(300)
    transport.shutdown()
    #expect(ended.map(\.id).sorted() == Array(0..<300))
    #expect(ended.allSatisfy { $0.status == 200 })
    #expect(server.peak <= 3)
  }

  @Test("More exchanges may run at once from one moment to the next, and those under way are left alone")
  func moreAtOnce() async throws {
    let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
    let server = try LoopbackServer { _ in
      signal.yield()
      return .silence
    }
    defer { server.stop() }
    var arrivals = arrived.makeAsyncIterator()
    let completions = Completions()
    let transport = try CurlTransport.forTests(maxConnections: 1, completions: completions)
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes([1]))
    transport.submit((1...3).map { HTTPExchange(id: $0, request: request) })
    await arrivals.next()
    #expect(server.requests.count == 1)
    try transport.use(TransportConfiguration(maxConnections: 3, userAgent: "tests/1"))
    for _ in 0..<2 { await arrivals.next() }
    #expect(server.requests.count == 3 && server.peak == 3)
    transport.shutdown()
    #expect(await completions.next(3).allSatisfy { $0.failure == .cancelled })
  }

  @Test(
    "A request on a connection that the server just closed is sent again, whole, on a fresh one",
    arguments: [10, 65_535, 2_000_000])
  func retry(size: Int) async throws {
    let server = try LoopbackServer { $0.connection == 0 && $0.ordinal == 1 ? .close : .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(maxConnections: 1)
    let first = try await transport.perform(HTTPRequest(method: .put, url: server.url("/1"), body: .bytes([1])))
    #expect(!first.wasSentAgain)
    let file = TemporaryFile(pattern(size))
    let body = RequestBody.file(file.opened(), offset: 0, length: Int64(size))
    let response = try await transport.perform(HTTPRequest(method: .put, url: server.url("/2"), body: body))
    #expect(response.status == 200 && response.wasSentAgain)
    #expect(server.requests.map(\.connection) == [0, 0, 1])
    #expect(server.requests.last?.body == pattern(size))
  }

  @Test(
    "An answer cut short, or none, is a closed connection",
    arguments: [
      "", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 200 OK\r\netag: x\r\n", "HTTP/1.1 200 OK\r\netag: x\r\ncontent-length: 0\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
    ])
  func cut(answer: String) async throws {
    let server = try LoopbackServer { _ in .answerAndClose(answer) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url("/secret"), body: .bytes([1])))
    #expect(failure?.kind == .closed)
    #expect(failure?.message.hasPrefix("the connection to 127.0.0.1:\(server.port) ended ") == true)
    #expect(failure?.message.contains("secret") == false)
  }

  @Test(
    "An answer of several lengths is none",
    arguments: [
      "content-length: 4\r\ncontent-length: 2", "content-length: 4\r\nContent-Length: 04", "content-length: 4, 2",
      "content-length: 4\r\ncontent-length: 2\r\ncontent-length: 4", "content-length: 4\r\ncontent-length:",
    ])
  func contradiction(headers: String) async throws {
    let server = try LoopbackServer { _ in .answerAndClose("HTTP/1.1 200 OK\r\n\(headers)\r\n\r\nbody") }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url(), body: .bytes([1])))
    #expect(failure != nil && failure?.kind != .tls)
  }

  @Test(
    "A length that is said twice is one", arguments: ["content-length: 4\r\ncontent-length: 4", "content-length: 4, 4"])
  func repeatedLength(headers: String) async throws {
    let server = try LoopbackServer { _ in .answer("HTTP/1.1 200 OK\r\n\(headers)\r\n\r\nbody") }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let answer = try await transport.perform(HTTPRequest(method: .put, url: server.url(), body: .bytes([1])))
    #expect(answer.body == Array("body".utf8))
  }

  @Test("A connection whose answer says in two ways where it ends is not used again")
  func ambiguous() async throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
    let server = try LoopbackServer { _ in .answer(answer) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    for _ in 0..<2 {
      #expect(try await transport.perform(HTTPRequest(method: .get, url: server.url())).body == Array("body".utf8))
    }
    #expect(server.connections == 2)
  }

  @Test("A refusal that arrives before the body is sent is the answer")
  func earlyRefusal() async throws {
    let refusal = Reply.status(403, headers: "connection: close\r\n", body: "no")
    let server = try LoopbackServer(admit: { $0.target == "/big" ? refusal : nil }) { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let body = RequestBody.bytes([UInt8](repeating: 7, count: 64 << 20))
    let response = try await transport.perform(HTTPRequest(method: .put, url: server.url("/big"), body: body))
    #expect(response.status == 403)
    #expect(try await transport.perform(HTTPRequest(method: .get, url: server.url("/next"))).status == 200)
  }

  @Test("A refused connection is told in plain words")
  func refused() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    server.stop()
    let transport = try CurlTransport.forTests()
    let failure = await transport.failure(of: HTTPRequest(method: .get, url: server.url("/secret")))
    let message = "no connection to 127.0.0.1:\(server.port): connection refused"
    #expect(failure == TransportError(kind: .connect, message: message))
  }

  @Test("A name without an address is a failure to resolve")
  func unresolved() async throws {
    let transport = try CurlTransport.forTests()
    let failure = await transport.failure(of: HTTPRequest(method: .get, url: "http://no-such-host.invalid/"))
    #expect(failure?.kind == .resolve)
  }

  @Test("A proxy is used only where the configuration names one")
  func proxy() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(proxy: "http://127.0.0.1:\(server.port)")
    let url = "http://bucket.invalid/k"
    #expect(try await transport.perform(HTTPRequest(method: .get, url: url)).status == 200)
    #expect(server.requests.map(\.target) == [url])
  }

  @Test(
    "A proxy that refuses is not taken for the server", arguments: [(407, "it wants a password"), (403, "HTTP 403")])
  func refusingProxy(status: Int, words: String) async throws {
    let server = try LoopbackServer { _ in .status(status) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(proxy: "http://127.0.0.1:\(server.port)")
    let failure = await transport.failure(of: HTTPRequest(method: .get, url: "https://bucket.invalid/secret"))
    #expect(failure?.kind == .connect)
    #expect(failure?.message.hasPrefix("the proxy refuses a connection to bucket.invalid with HTTP \(status)") == true)
    #expect(failure?.message.contains(words) == true)
    #expect(server.requests.map(\.target) == ["bucket.invalid:443"])
  }
}
