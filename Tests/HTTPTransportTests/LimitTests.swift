import Dispatch
import Glibc
import Synchronization
import SystemSupport
import Testing

@testable import HTTPTransport

struct LimitTests {
  @Test("A server that stays silent is given up, while other exchanges go on")
  func silence() async throws {
    let server = try LoopbackServer { $0.target == "/silent" ? .silence : .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(answerTimeout: .seconds(1), completions: completions)
    let request = HTTPRequest(method: .put, url: server.url("/silent"), body: .bytes([1]))
    transport.submit([HTTPExchange(id: 7, request: request)])
    for _ in 0..<5 {
      #expect(try await transport.perform(HTTPRequest(method: .get, url: server.url("/"))).status == 200)
    }
    let ended = await completions.next(1)
    let message = "127.0.0.1:\(server.port) took the whole request and has sent nothing for 1 s"
    #expect(ended.first?.id == 7)
    #expect(throws: TransportError(kind: .timeout, message: message)) { try ended.first?.result.get() }
  }

  @Test("A server that stops reading is given up")
  func unread() async throws {
    let server = try LoopbackServer(admit: { _ in .silence }) { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(stallTimeout: .milliseconds(300))
    let body = RequestBody.bytes([UInt8](repeating: 7, count: 64 << 20))
    let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url(), body: body))
    #expect(failure?.kind == .timeout)
  }

  @Test("An answer that never ends is given up, however busily it arrives")
  func endless() async throws {
    let server = try LoopbackServer { _ in .endless("HTTP/1.1 200 OK\r\n\r\n") }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(stallTimeout: .seconds(5), answerTimeout: .milliseconds(300))
    var request = HTTPRequest(method: .put, url: server.url(), body: .bytes([1]))
    request.responseLimit = .max
    let failure = await transport.failure(of: request)
    let message = "no complete answer from 127.0.0.1:\(server.port) within 3 s"
    #expect(failure == TransportError(kind: .timeout, message: message))
  }

  @Test("A request with a time limit of its own is given up at it, and the next has none")
  func timeLimit() async throws {
    let server = try LoopbackServer { $0.target == "/silent" ? .silence : .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let silent = HTTPRequest(method: .get, url: server.url("/silent"), timeLimit: .milliseconds(50))
    let failure = await transport.failure(of: silent)
    #expect(failure?.kind == .timeout)
    #expect(failure?.message.hasPrefix("no answer from 127.0.0.1:\(server.port) within 50 ms") == true)
    #expect(try await transport.perform(HTTPRequest(method: .get, url: server.url())).status == 200)
  }

  @Test(
    "An answer larger than the limit is cut off, head and body counted together",
    arguments: ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nx: y\r\n\r\n"])
  func tooLarge(piece: String) async throws {
    let server = try LoopbackServer { _ in .endless(piece) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    var request = HTTPRequest(method: .get, url: server.url())
    request.responseLimit = 10_000
    #expect(await transport.failure(of: request)?.kind == .responseTooLarge)
  }

  @Test("An answer of exactly the limit is taken")
  func exactly() async throws {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"
    let server = try LoopbackServer { _ in .answer(answer) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    var request = HTTPRequest(method: .get, url: server.url())
    request.responseLimit = answer.utf8.count
    #expect(await transport.failure(of: request) == nil)
    request.responseLimit -= 1
    #expect(await transport.failure(of: request)?.kind == .responseTooLarge)
  }

  @Test("A file that became shorter is not sent as if it were whole", arguments: [1000, 65_536, 5_000_000])
  func shortBody(size: Int) async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let file = TemporaryFile(pattern(size))
    file.truncate(to: size - 1)
    let body = RequestBody.file(file.opened(), offset: 0, length: Int64(size))
    let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url(), body: body))
    #expect(failure?.kind == .shortBody)
    transport.shutdown()
    #expect(server.requests.isEmpty)
  }

  @Test("A descriptor that cannot be read is not a shortened file")
  func unreadable() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let body = RequestBody.file(
      BodyFile(OwnedDescriptor(owning: -1), reader: .inPlace), offset: 0, length: 10)
    let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url(), body: body))
    #expect(failure?.kind == .unreadableBody)
    #expect(failure?.message == "Bad file descriptor")
  }

  @Test("The bandwidth bounds all bodies together, small and large")
  func bandwidth() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(bandwidthLimit: 2_000_000, completions: completions)
    let sizes = [200_000, 200_000, 30_000, 30_000, 30_000, 200_000, 30_000]
    let start = MonotonicTime.now()
    transport.submit(
      sizes.enumerated().map { index, size in
        let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(size)))
        return HTTPExchange(id: UInt64(index), request: request)
      })
    let ended = await completions.next(sizes.count)
    let seconds = Double(MonotonicTime.now() - start) / 1e9
    let allowance = Double(2_000_000 / 20 + 65_536)
    #expect(ended.allSatisfy { $0.status == 200 })
    #expect(seconds >= (Double(sizes.reduce(0, +)) - allowance) / 2_000_000)
    #expect(server.requests.allSatisfy { $0.body == pattern($0.body.count) })
  }

  @Test("Under a bound all bodies come on side by side: a connection that stood still would be given up by S3")
  func sharedBandwidth() async throws {
    let bodies = 32
    let gate = DispatchSemaphore(value: 0)
    let arrivals = Mutex(0)
    let server = try LoopbackServer { request in
      // Every body is to have a connection from the beginning: one for each stays open.
      guard request.target == "/open" else { return .status(200) }
      let number = arrivals.withLock { count in
        count += 1
        return count
      }
      if number < bodies {
        gate.wait()
      } else {
        for _ in 1..<bodies { gate.signal() }
      }
      return .status(200)
    }
    defer { server.stop() }
    let (holder, ended) = (Holder(), Completions())
    let progress = Mutex<[[UInt64: Int64]]>([])
    let configuration = TransportConfiguration(userAgent: "tests/1", bandwidthLimit: 4_000_000)
    holder.hold(
      try CurlTransport(configuration: configuration) { batch in
        progress.withLock { $0.append(holder.bytesSent()) }
        ended.take(batch)
      })
    defer { holder.release() }
    holder.submit(
      (0..<bodies).map { HTTPExchange(id: UInt64($0), request: HTTPRequest(method: .get, url: server.url("/open"))) })
    _ = await ended.next(bodies)
    progress.withLock { $0 = [] }
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(100_000)))
    holder.submit((0..<bodies).map { HTTPExchange(id: UInt64($0), request: request) })
    #expect(await ended.next(1).first?.status == 200)
    let others = try #require(progress.withLock { $0.first })
    #expect(others.values.allSatisfy { $0 >= 50_000 }, "\(others)")
  }

  @Test("Under a bound a flood of small requests leaves half of it to a body that is under way")
  func bandwidthBesideFlood() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(bandwidthLimit: 2_000_000, completions: completions)
    let sizes = [100_000] + [Int](repeating: 30_000, count: 80)
    transport.submit(
      sizes.enumerated().map { index, size in
        let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(size)))
        return HTTPExchange(id: UInt64(index), request: request)
      })
    #expect(await completions.next(50).contains { $0.id == 0 })
  }

  @Test("Waiting for bandwidth is no stall, and lifting the bound sets everything free")
  func liftedBandwidth() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(
      stallTimeout: .milliseconds(500), bandwidthLimit: 100_000, completions: completions)
    let large = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(66_000)))
    let small = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(60_000)))
    transport.submit([HTTPExchange(id: 1, request: large), HTTPExchange(id: 2, request: small)])
    #expect(await completions.next(2).allSatisfy { $0.status == 200 })
    transport.limitBandwidth(1)
    transport.submit([HTTPExchange(id: 3, request: large), HTTPExchange(id: 4, request: small)])
    transport.limitBandwidth(nil)
    #expect(await completions.next(2).allSatisfy { $0.status == 200 })
  }
}
