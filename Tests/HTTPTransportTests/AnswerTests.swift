import Testing

@testable import HTTPTransport

/// How long a body and an answer may take.
struct AnswerTests {
  private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"

  @Test("An answer that begins later than a body may stand still is taken", arguments: [0, 1, 200_000])
  func late(size: Int) async throws {
    let server = try LoopbackServer { _ in .slowly([Self.ok], pause: .milliseconds(1500)) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(stallTimeout: .milliseconds(300))
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(size)))
    #expect(try await transport.perform(request).body == Array("body".utf8))
    #expect(server.requests.count == 1)
  }

  @Test(
    "Whatever comes of an answer keeps it alive",
    arguments: [
      ["HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n", " ", " ", " ", " ", "body"],
      ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 102 P\r\n\r\n", ok],
      ["HTTP/1.1 200 OK\r\n", "a: b\r\n", "c: d\r\n", "e: f\r\n", "content-length: 0\r\n\r\n"],
    ])
  func alive(pieces: [String]) async throws {
    let server = try LoopbackServer { _ in .slowly(pieces, pause: .milliseconds(500)) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(answerTimeout: .milliseconds(1500))
    let request = HTTPRequest(method: .post, url: server.url(), body: .bytes([1]))
    #expect(try await transport.perform(request).status == 200)
  }

  @Test("A request waits for its answer as long as it says itself")
  func ownTimeout() async throws {
    let server = try LoopbackServer { _ in .slowly([Self.ok], pause: .milliseconds(1500)) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(answerTimeout: .milliseconds(200))
    var request = HTTPRequest(method: .post, url: server.url(), body: .bytes([1]))
    request.answerTimeout = .seconds(600)
    #expect(try await transport.perform(request).status == 200)
    request.answerTimeout = nil
    #expect(await transport.failure(of: request)?.kind == .timeout)
  }

  @Test("An interim answer that is followed by nothing is given up")
  func interimOnly() async throws {
    let server = try LoopbackServer { _ in .answer("HTTP/1.1 100 Continue\r\n\r\n") }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(answerTimeout: .milliseconds(200))
    let request = HTTPRequest(method: .post, url: server.url(), body: .bytes([1]))
    #expect(await transport.failure(of: request)?.kind == .timeout)
  }

  @Test("A body that moves slowly is not given up, and its answer is not waited for before it has left")
  func slowBody() async throws {
    // 1 MB at 500 kB/s, most of which waits in the kernel's queue for two seconds.
    let server = try LoopbackServer(room: 16_384, admit: { _ in .readSlowly(500_000, then: Self.ok) }) { _ in .silence }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(stallTimeout: .seconds(1), answerTimeout: .seconds(1))
    let request = HTTPRequest(method: .put, url: server.url(), body: .bytes(pattern(1_000_000)))
    #expect(try await transport.perform(request).status == 200)
  }

  @Test("Interim answers do not hide that a body stands still")
  func stalledBody() async throws {
    let interim = [String](repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 100)
    let server = try LoopbackServer(admit: { _ in .slowly(interim, pause: .milliseconds(100)) }) { _ in .silence }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(stallTimeout: .seconds(1))
    let body = RequestBody.bytes([UInt8](repeating: 7, count: 64 << 20))
    let failure = await transport.failure(of: HTTPRequest(method: .put, url: server.url(), body: body))
    #expect(failure?.message == "no progress with 127.0.0.1:\(server.port) for 1 s")
  }
}

struct AnswerWaitTests {
  private let second: UInt64 = 1_000_000_000

  @Test("Each byte begins the wait anew, until the whole has taken too long")
  func bytes() {
    var wait = AnswerWait(timeout: .seconds(60), received: 10, now: 5 * second)
    #expect(wait.verdict(received: 10, now: 64 * second) == .goesOn)
    #expect(wait.verdict(received: 10, now: 65 * second) == .silent)
    for moment in stride(from: UInt64(60), to: 605, by: 50) {
      #expect(wait.verdict(received: Int(moment), now: moment * second) == .goesOn)
    }
    #expect(wait.verdict(received: 1000, now: 605 * second) == .endless)
  }

  @Test("The whole answer gets ten times the timeout, an hour at most, and never less than the timeout")
  func longest() {
    let longest = [30, 300, 900, 1800, 7200].map { AnswerWait(timeout: .seconds($0), received: 0, now: 0).longest }
    #expect(longest == [300, 3000, 3600, 3600, 7200].map { .seconds($0) })
  }
}
