import Glibc
import Testing

@testable import HTTPTransport

struct EndingTests {
  @Test("Cancelling ends exchanges under way and waiting, and no others")
  func cancel() async throws {
    let server = try LoopbackServer { $0.target == "/silent" ? .silence : .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(maxConnections: 2, completions: completions)
    let silent = HTTPRequest(method: .put, url: server.url("/silent"), body: .bytes([1]))
    let loud = HTTPRequest(method: .put, url: server.url("/"), body: .bytes([1]))
    transport.submit((1...4).map { HTTPExchange(id: $0, request: silent) } + [HTTPExchange(id: 5, request: loud)])
    transport.cancel([1, 3, 99])
    #expect(Set(await completions.next(2).map(\.id)) == [1, 3])
    transport.cancel([2, 4])
    let ended = await completions.next(3)
    #expect(ended.filter { $0.failure == .cancelled }.map(\.id).sorted() == [2, 4])
    #expect(ended.first { $0.id == 5 }?.status == 200)
  }

  @Test("Shutting down completes everything exactly once and closes the connections")
  func shutdown() async throws {
    let server = try LoopbackServer { _ in .silence }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(maxConnections: 3, completions: completions)
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes([1]))
    transport.submit((1...10).map { HTTPExchange(id: $0, request: request) })
    transport.shutdown()
    transport.shutdown()
    transport.submit([HTTPExchange(id: 11, request: request)])
    completions.finish()
    let ended = await completions.all()
    #expect(ended.map(\.id).sorted() == Array(1...11))
    #expect(ended.allSatisfy { $0.failure == .cancelled })
    #expect(await transport.failure(of: request)?.kind == .cancelled)
    #expect(Descriptors.connected(to: server.port) == 0)
  }

  @Test("Letting go of a transport shuts it down")
  func release() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    do {
      let transport = try CurlTransport.forTests(completions: completions)
      _ = try await transport.perform(HTTPRequest(method: .get, url: server.url()))
      #expect(Descriptors.connected(to: server.port) == 1)
      let silent = HTTPRequest(method: .put, url: server.url("/silent"), body: .bytes([1]))
      transport.submit([HTTPExchange(id: 1, request: silent)])
    }
    #expect(await completions.next(1).count == 1)
    #expect(Descriptors.connected(to: server.port) == 0)
  }

  @Test("A transport let go within its own completion handler ends as well")
  func releaseWithin() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let holder = Holder()
    let configuration = TransportConfiguration(userAgent: "tests/1")
    holder.hold(
      try CurlTransport(configuration: configuration) { batch in
        holder.release()
        completions.take(batch)
      })
    holder.submit([HTTPExchange(id: 1, request: HTTPRequest(method: .get, url: server.url()))])
    #expect(await completions.next(1).first?.status == 200)
  }

  @Test("A task that is cancelled stops waiting, before and after its request was sent", arguments: [false, true])
  func cancelledTask(early: Bool) async throws {
    let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
    let server = try LoopbackServer { _ in
      signal.yield()
      return .silence
    }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes([1]))
    let failure = await withTaskGroup(of: TransportError?.self) { group in
      if early { group.cancelAll() }
      group.addTask { await transport.failure(of: request) }
      if !early {
        for await _ in arrived { break }
        group.cancelAll()
      }
      return await group.next() ?? nil
    }
    #expect(failure?.kind == .cancelled)
  }

  @Test("A transport leaves no descriptor behind")
  func descriptors() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let before = Descriptors.count
    for _ in 0..<200 {
      let transport = try CurlTransport.forTests()
      _ = try await transport.perform(HTTPRequest(method: .get, url: server.url()))
      transport.shutdown()
    }
    // Other tests open some at the same time.
    #expect(Descriptors.count < before + 150)
    #expect(Descriptors.connected(to: server.port) == 0)
  }

  @Test("The progress of a large body can be seen, and is forgotten with it")
  func progress() async throws {
    let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
    let server = try LoopbackServer(admit: { _ in
      signal.yield()
      return .silence
    }) { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(completions: completions)
    let size = 64 << 20
    let body = RequestBody.bytes([UInt8](repeating: 7, count: size))
    let request = HTTPRequest(method: .put, url: server.url(), body: body)
    let before = transport.lastTurn
    transport.submit([HTTPExchange(id: 42, request: request)])
    for await _ in arrived { break }
    let sent = try #require(transport.bytesSent()[42])
    #expect(sent > 0 && sent < size)
    transport.cancel([42])
    #expect(await completions.next(1).first?.failure == .cancelled)
    #expect(transport.bytesSent().isEmpty)
    #expect(transport.lastTurn > before)
  }
}
