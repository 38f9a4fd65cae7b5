import Testing

@testable import HTTPTransport

struct ExchangeTests {
  @Test(
    "A body arrives byte for byte, from memory and from a file",
    arguments: [0, 1, 4096, 65_534, 65_535, 65_536, 1 << 20, 3_000_001])
  func body(size: Int) async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let content = pattern(size)
    let file = TemporaryFile([1, 2, 3] + content + [4, 5])
    let source = RequestBody.file(file.opened(), offset: 3, length: Int64(size))
    for body in [RequestBody.bytes(content), source] {
      let response = try await transport.perform(HTTPRequest(method: .put, url: server.url("/k"), body: body))
      #expect(response.status == 200)
    }
    #expect(server.requests.count == 2)
    #expect(server.requests.allSatisfy { $0.body == content && $0.values("content-length") == ["\(size)"] })
  }

  @Test("libcurl adds no header that S3 or a signature would trip over")
  func headers() async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    for size in [0, 10, 2 << 20] {
      let body = RequestBody.bytes(pattern(size))
      let headers = [HTTPHeader("x-amz-meta-empty", ""), HTTPHeader("x-amz-date", "20261124T000000Z")]
      _ = try await transport.perform(HTTPRequest(method: .put, url: server.url(), headers: headers, body: body))
    }
    for request in server.requests {
      let names = request.headers.map { $0.name.lowercased() }.sorted()
      #expect(names == ["accept", "content-length", "host", "user-agent", "x-amz-date", "x-amz-meta-empty"])
      #expect(request.values("x-amz-meta-empty") == [""])
      #expect(request.values("host") == ["127.0.0.1:\(server.port)"])
    }
  }

  @Test("One handle serves every kind of request, one after the other")
  func mixture() async throws {
    let server = try LoopbackServer { request in
      request.method == "HEAD" ? .answer("HTTP/1.1 200 X\r\ncontent-length: 5\r\n\r\n") : .status(200, body: "hello")
    }
    defer { server.stop() }
    let transport = try CurlTransport.forTests(maxConnections: 1)
    let large = RequestBody.bytes(pattern(100_000))
    let small = RequestBody.bytes(pattern(100))
    let kinds: [(HTTPMethod, RequestBody)] = [
      (.put, large), (.get, .none), (.head, .none), (.put, small), (.delete, .none), (.post, large), (.head, .none),
      (.post, .none), (.put, .none), (.put, large), (.post, small), (.get, .none),
    ]
    for (method, body) in kinds {
      let response = try await transport.perform(HTTPRequest(method: method, url: server.url(), body: body))
      #expect(response.body == (method == .head ? [] : Array("hello".utf8)))
    }
    #expect(server.requests.map(\.method) == kinds.map(\.0.rawValue))
    #expect(server.requests.map(\.body.count) == kinds.map { Int($0.1.length) })
    #expect(server.connections == 1)
  }

  @Test("The target is sent byte for byte", arguments: ["/../x//y%2F", "/a/./b/..", "/%2e%2e/?a=%20&b", "/;x=,+~"])
  func target(path: String) async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    _ = try await transport.perform(HTTPRequest(method: .put, url: server.url(path)))
    #expect(server.requests.map(\.target) == [path])
  }

  @Test("A redirect is an answer like any other")
  func redirect() async throws {
    let server = try LoopbackServer { _ in .status(307, headers: "Location: /elsewhere\r\n") }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let response = try await transport.perform(HTTPRequest(method: .put, url: server.url(), body: .bytes([1])))
    #expect(response.status == 307)
    #expect(response.header("location") == "/elsewhere")
    #expect(server.requests.count == 1)
  }

  @Test("Only the final answer counts, its names in lower case, repeated headers kept, trailers dropped")
  func answerHeaders() async throws {
    let answer =
      "HTTP/1.1 100 Continue\r\nEarly: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: 2\r\n\r\n"
      + "HTTP/1.1 200 OK\r\nX-Amz-A:  one \r\nx-amz-A: two\r\nETag: \"e\"\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "3\r\nabc\r\n0\r\nTrailer: 3\r\n\r\n"
    let server = try LoopbackServer { _ in .answer(answer) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let response = try await transport.perform(HTTPRequest(method: .get, url: server.url()))
    let expected = [
      HTTPHeader("x-amz-a", "one"), HTTPHeader("x-amz-a", "two"), HTTPHeader("etag", "\"e\""),
      HTTPHeader("transfer-encoding", "chunked"),
    ]
    #expect(response == HTTPResponse(status: 200, headers: expected, body: Array("abc".utf8)))
  }

  @Test(
    "A request that could inject a header is refused before anything is sent",
    arguments: [
      HTTPHeader("x-a", "1\r\nx-b: 2"), HTTPHeader("x-a", "1\n2"), HTTPHeader("x-a", "1\u{0}2"),
      HTTPHeader("x-a: 1\r\nx-b", "2"), HTTPHeader("", "2"), HTTPHeader("x a", "2"),
    ])
  func injection(header: HTTPHeader) async throws {
    let server = try LoopbackServer { _ in .status(200) }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    let failure = await transport.failure(of: HTTPRequest(method: .get, url: server.url(), headers: [header]))
    #expect(failure?.kind == .other)
    #expect(server.connections == 0)
  }

  @Test(
    "Only an http or https URL without blanks, control characters and a password is sent",
    arguments: [
      "file:///etc/passwd", "http://u:secret@127.0.0.1:1/", "http://127.0.0.1:1/a b", "http://127.0.0.1/\r\n",
    ])
  func badURL(url: String) async throws {
    let transport = try CurlTransport.forTests()
    let failure = try #require(await transport.failure(of: HTTPRequest(method: .get, url: url)))
    #expect(failure.kind == .other)
    #expect(!failure.message.contains("secret"))
  }
}
