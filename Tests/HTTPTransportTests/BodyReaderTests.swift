import Glibc
import SystemSupport
import Testing

@testable import HTTPTransport

/// Bodies that are read from a disk which takes its time.
struct BodyReaderTests {
  @Test(
    "What is not at hand is read elsewhere and arrives byte for byte, with and without a bound",
    arguments: [1, 1000, 65_534, 65_535, 262_144, 262_145, 3_000_001], [nil, 50_000_000 as Int64])
  func elsewhere(size: Int, bound: Int64?) async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(bandwidthLimit: bound)
    let lane = SerialLane(named: "test-body")
    let content = pattern(size)
    let file = TemporaryFile([1, 2, 3] + content + [4, 5]).opened(BodyReader { lane.run($0) }, asksCache: false)
    let body = RequestBody.file(file, offset: 3, length: Int64(size))
    for _ in 0..<2 {
      let response = try await transport.perform(HTTPRequest(method: .put, url: server.url("/k"), body: body))
      #expect(response.status == 200)
    }
    #expect(server.requests.count == 2)
    #expect(server.requests.allSatisfy { $0.body == content })
  }

  @Test("What the kernel has in memory is sent without the reader")
  func cached() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let content = pattern(1 << 20)
    let file = TemporaryFile(content).opened(BodyReader { _ in false })
    let body = RequestBody.file(file, offset: 0, length: 1 << 20)
    let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url(), body: body))
    #expect(failure == nil)
    #expect(server.requests.map(\.body) == [content])
  }

  @Test("A disk that does not answer holds up nobody else, and is given up as itself", arguments: [1000, 1 << 20])
  func hanging(size: Int) async throws {
    let server = try LoopbackServer { $0.target == "/silent" ? .silence : .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(bodyTimeout: .seconds(3), completions: completions)
    let disk = HeldDisk()
    let file = TemporaryFile(pattern(size)).opened(disk.reader, asksCache: false)
    let body = RequestBody.file(file, offset: 0, length: Int64(size))
    let request = HTTPRequest(method: .put, url: server.url("/hanging"), body: body)
    transport.submit([HTTPExchange(id: 1, request: request)])
    await disk.asked()
    for _ in 0..<20 {
      #expect(try await transport.perform(HTTPRequest(method: .get, url: server.url())).status == 200)
    }
    #expect(await completions.next(1).first?.failure == .bodyStalled)
    // Those that come after it find that out without waiting: sooner than a clock that starts with them runs out.
    let clock = HTTPRequest(method: .get, url: server.url("/silent"), timeLimit: .milliseconds(2500))
    transport.submit([HTTPExchange(id: 99, request: clock)] + (2..<12).map { HTTPExchange(id: $0, request: request) })
    let ended = await completions.next(11)
    #expect(ended.last?.id == 99 && ended.last?.failure == .timeout)
    #expect(ended.dropLast().allSatisfy { $0.failure == .bodyStalled })
    // And once it answers, all goes on.
    disk.recover()
    let patient = try CurlTransport.forTests()
    for _ in 0..<3 { #expect(try await patient.perform(request).status == 200) }
  }

  @Test("Waiting for the disk is no stall of the network")
  func patience() async throws {
    let server = try LoopbackServer { $0.target == "/silent" ? .silence : .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(stallTimeout: .milliseconds(100), completions: completions)
    let disk = HeldDisk()
    let file = TemporaryFile(pattern(1000)).opened(disk.reader, asksCache: false)
    let request = HTTPRequest(
      method: .put, url: server.url(), body: .file(file, offset: 0, length: 1000))
    transport.submit([HTTPExchange(id: 1, request: request)])
    await disk.asked()
    let pause = HTTPRequest(method: .get, url: server.url("/silent"), timeLimit: .milliseconds(500))
    #expect(await transport.failure(of: pause)?.kind == .timeout)
    disk.answer()
    #expect(await completions.next(1).first?.status == 200)
  }

  @Test("A reader that finds the file short, unreadable, or has no thread ends the exchange with the file's fault")
  func faults() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let short = TemporaryFile(pattern(600_000)).opened(asksCache: false)
    let closed = BodyFile(OwnedDescriptor(owning: -1), reader: .inPlace, asksCache: false)
    let refused = TemporaryFile(pattern(600_000)).opened(BodyReader { _ in false }, asksCache: false)
    let cases: [(BodyFile, Int64, TransportError.Kind)] = [
      (short, 600_001, .shortBody), (short, 700, .shortBody), (closed, 100_000, .unreadableBody),
      (closed, 10, .unreadableBody), (refused, 1000, .unreadableBody),
    ]
    for (file, length, kind) in cases {
      let body = RequestBody.file(file, offset: length == 700 ? 599_999 : 0, length: length)
      let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url(), body: body))
      #expect(failure?.kind == kind)
    }
    transport.shutdown()
    #expect(server.requests.isEmpty)
  }

  @Test("Cancelling and shutting down wait for no read, and the file stays open until the late one has ended")
  func late() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let completions = Completions()
    let transport = try CurlTransport.forTests(completions: completions)
    let (first, second) = (HeldDisk(), HeldDisk())
    var numbers: [Int32] = []
    for (id, disk) in [first, second].enumerated() {
      let file = TemporaryFile(pattern(600_000)).opened(disk.reader, asksCache: false)
      numbers.append(file.number)
      let body = RequestBody.file(file, offset: 0, length: 600_000)
      transport.submit([HTTPExchange(id: UInt64(id), request: HTTPRequest(method: .put, url: server.url(), body: body))]
      )
    }
    await first.asked()
    await second.asked()
    transport.cancel([0])
    #expect(await completions.next(1).map(\.id) == [0])
    transport.shutdown()
    #expect(await completions.next(1).map(\.failure) == [.cancelled])
    #expect(numbers.allSatisfy { fcntl($0, F_GETFD) >= 0 })
    for disk in [first, second] {
      // The reads, and what they leave behind: the closing.
      disk.answer()
      disk.answer()
    }
    #expect(numbers.allSatisfy { fcntl($0, F_GETFD) < 0 })
  }
}
