import SystemSupport
import TestSupport
import Testing

@testable import HTTPTransport

struct TrustTests {
  @Test("A certificate is trusted only if the configured bundle says so")
  func bundle() async throws {
    let server = try TLSServer(name: "IP:127.0.0.1")
    defer { server.stop() }
    let request = HTTPRequest(method: .get, url: "https://127.0.0.1:\(server.port)/")
    let trusting = try CurlTransport.forTests(caBundle: server.certificate)
    #expect(try await trusting.perform(request).status == 200)
    let failure = try #require(await CurlTransport.forTests().failure(of: request))
    #expect(failure.kind == .tls)
    #expect(failure.message.hasPrefix("no trusted TLS connection to 127.0.0.1:\(server.port): "))
    #expect(failure.message.contains("certificate"))
  }

  @Test("A trusted certificate of another server is refused")
  func otherName() async throws {
    let server = try TLSServer(name: "DNS:other.example")
    defer { server.stop() }
    let transport = try CurlTransport.forTests(caBundle: server.certificate)
    let failure = await transport.failure(of: HTTPRequest(method: .get, url: "https://127.0.0.1:\(server.port)/"))
    #expect(failure?.kind == .tls)
  }

  @Test("A server that does not speak TLS gets nothing in clear")
  func cleartext() async throws {
    // What a ClientHello looks like to a server that reads HTTP is no request: it never sees an end of its head.
    let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
    let server = try LoopbackServer(greeting: { signal.yield() }) { _ in .status(200) }
    let transport = try CurlTransport.forTests()
    let request = HTTPRequest(method: .get, url: "https://127.0.0.1:\(server.port)/")
    async let failure = transport.failure(of: request)
    for await _ in arrived { break }
    server.stop()
    // It closed without a word of TLS: a broken connection, like that of a server that starts anew.
    let ended = await failure
    #expect(ended?.kind == .connect, "\(String(describing: ended))")
    #expect(server.requests.isEmpty)
  }

  @Test("Another bundle holds for what begins from then on; one that cannot be read changes nothing")
  func otherBundle() async throws {
    let (first, second) = (try TLSServer(name: "IP:127.0.0.1"), try TLSServer(name: "IP:127.0.0.1"))
    defer {
      first.stop()
      second.stop()
    }
    func request(_ server: TLSServer) -> HTTPRequest {
      HTTPRequest(method: .get, url: "https://127.0.0.1:\(server.port)/")
    }
    let transport = try CurlTransport.forTests(caBundle: first.certificate)
    #expect(try await transport.perform(request(first)).status == 200)
    #expect(await transport.failure(of: request(second))?.kind == .tls)
    try transport.use(TransportConfiguration(caBundle: second.certificate, userAgent: "tests/1"))
    #expect(try await transport.perform(request(second)).status == 200)
    #expect(await transport.failure(of: request(first))?.kind == .tls, "not over the connection that stands")
    #expect(throws: TransportError.self) {
      try transport.use(TransportConfiguration(caBundle: "/nonexistent/bundle.pem", userAgent: "tests/1"))
    }
    #expect(try await transport.perform(request(second)).status == 200)
  }

  @Test("A bundle that is replaced under the same name is read anew", arguments: [true, false])
  func replacedBundle(isKept: Bool) async throws {
    let (first, second) = (try TLSServer(name: "IP:127.0.0.1"), try TLSServer(name: "IP:127.0.0.1"))
    defer {
      first.stop()
      second.stop()
    }
    let directory = try TemporaryDirectory()
    let bundle = directory.path + "/bundle.pem"
    try AtomicFile.replace(bundle, with: SmallFile.read(first.certificate))
    let transport = try CurlTransport(
      configuration: TransportConfiguration(
        caBundle: bundle, bundleLifetime: isKept ? .seconds(3600) : .zero, userAgent: "tests/1")
    ) { _ in }
    let request = HTTPRequest(method: .get, url: "https://127.0.0.1:\(second.port)/")
    #expect(await transport.failure(of: request)?.kind == .tls)
    try AtomicFile.replace(bundle, with: SmallFile.read(second.certificate))
    #expect((await transport.failure(of: request) == nil) != isKept)
  }

  @Test("A bundle that cannot be read is found out at the start")
  func missingBundle() {
    let message = "the CA bundle cannot be read: no such file or directory"
    #expect(throws: TransportError(kind: .tls, message: message)) {
      try CurlTransport.forTests(caBundle: "/nonexistent/bundle.pem")
    }
  }
}
