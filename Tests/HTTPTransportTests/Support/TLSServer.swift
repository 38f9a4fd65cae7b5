import Foundation

/// An HTTPS server with a certificate of its own making, by Python's ssl module. It answers every GET with 200 and the
/// path; `/surplus` with a second answer behind, which begins in the same TLS record as the body of the first.
final class TLSServer: Sendable {
  /// A PEM file that makes the certificate trusted.
  let certificate: String
  let port: UInt16
  private let folder: URL
  private let process: Process

  /// `name` is what the certificate is made out to.
  init(name: String) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "transport-tls-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    certificate = folder.appending(path: "certificate.pem").path()
    let key = folder.appending(path: "key.pem").path()
    let making = Self.program(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=t",
        "-addext", "subjectAltName=\(name)", "-keyout", key, "-out", certificate,
      ])
    making.standardError = FileHandle.nullDevice
    try making.run()
    making.waitUntilExit()

    process = Self.program("python3", ["-c", Self.script, certificate, key])
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  func stop() {
    // The child inherits a signal mask that may block SIGTERM.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  private static func program(_ name: String, _ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    return process
  }

  private static let script = """
    import http.server, ssl, sys
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_GET(self):
            path = self.path.encode()
            head = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n"
            surplus = head % 5 + b"wrong" if self.path == "/surplus" else b""
            self.connection.sendall(head % len(path))
            self.connection.sendall(path + surplus)
        def log_message(self, *arguments):
            pass
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """
}
