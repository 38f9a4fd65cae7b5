import Testing

@testable import HTTPTransport

/// A TLS handshake that does not come to an end: a broken connection, unless it is a verdict.
struct HandshakeTests {
  private func failure(
    connectTimeout: Duration = .seconds(600), trusting bundle: String? = nil,
    _ serve: @escaping @Sendable (Int32) -> Void
  ) async throws -> TransportError? {
    let server = try RawServer(serve)
    defer { server.stop() }
    let configuration = TransportConfiguration(connectTimeout: connectTimeout, caBundle: bundle, userAgent: "tests/1")
    let transport = try CurlTransport(configuration: configuration) { _ in }
    return await transport.failure(of: HTTPRequest(method: .get, url: server.url))
  }

  @Test("A reset or an end at any place is a broken connection", arguments: [true, false], [0, 1, 5, 60, 200])
  func broken(isReset: Bool, after count: Int) async throws {
    let authority = try TLSServer(name: "IP:127.0.0.1")
    defer { authority.stop() }
    let failure = try await failure { socket in
      if count > 0 {
        RawServer.relay(socket, to: authority.port) { $0.prefix(count) + [] }
      } else {
        _ = RawServer.receive(socket)
      }
      if isReset { RawServer.reset(socket) }
    }
    #expect(failure?.kind == .connect, "\(String(describing: failure))")
    #expect(failure?.message.contains(" broke while TLS began: ") == true)
  }

  @Test("What arrives damaged is a broken connection")
  func damaged() async throws {
    let authority = try TLSServer(name: "IP:127.0.0.1")
    defer { authority.stop() }
    let failure = try await failure(trusting: authority.certificate) { socket in
      RawServer.relay(socket, to: authority.port) { bytes in
        var bytes = bytes
        bytes[bytes.count - 5] ^= 1
        return bytes
      }
    }
    #expect(failure?.kind == .connect, "\(String(describing: failure))")
  }

  @Test("A handshake that does not go on is given up in time")
  func silent() async throws {
    let failure = try await failure(connectTimeout: .milliseconds(300)) { socket in
      while !RawServer.receive(socket).isEmpty {}
    }
    #expect(failure?.kind == .timeout)
  }

  @Test(
    "An alert that tells of the other side's trouble is a broken connection",
    arguments: [(1, 0), (2, 10), (2, 20), (2, 50), (2, 80), (2, 90)])
  func trouble(level: Int, alert: Int) async throws {
    let failure = try await failure { Self.answer($0, [21, 3, 3, 0, 2, UInt8(level), UInt8(alert)]) }
    #expect(failure?.kind == .connect, "\(String(describing: failure))")
  }

  @Test("An alert about protocol, cipher, name or certificate is a verdict", arguments: [40, 42, 48, 70, 71, 112, 116])
  func verdict(alert: Int) async throws {
    let failure = try await failure { Self.answer($0, [21, 3, 3, 0, 2, 2, UInt8(alert)]) }
    #expect(failure?.kind == .tls, "\(String(describing: failure))")
  }

  @Test(
    "What speaks something else than TLS is a verdict: the address or a proxy on the way is wrong",
    arguments: ["HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n"])
  func otherProtocol(greeting: String) async throws {
    let failure = try await failure { Self.answer($0, Array(greeting.utf8)) }
    #expect(failure?.kind == .tls, "\(String(describing: failure))")
  }

  @Test(
    "libcurl's description tells them apart",
    arguments: [
      ("error:0A000126:SSL routines::unexpected eof while reading", HandshakeFailure.broken),
      ("error:0A00042E:SSL routines::tlsv1 alert protocol version", .verdict),
      ("error:0A000410:SSL routines::sslv3 alert handshake failure", .verdict),
      ("error:0A000438:SSL routines::tlsv1 alert internal error", .broken),
      ("OpenSSL SSL_connect: Connection reset by peer in connection to a:443 ", .broken),
      ("error:1A00042E:other routines::x", .broken), ("error:zz:", .broken), ("", .broken),
    ])
  func description(text: String, expected: HandshakeFailure) {
    #expect(HandshakeFailure(text) == expected)
  }

  private static func answer(_ socket: Int32, _ bytes: [UInt8]) {
    _ = RawServer.receive(socket)
    RawServer.send(bytes, to: socket)
    while !RawServer.receive(socket).isEmpty {}
  }
}
