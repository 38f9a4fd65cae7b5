import Glibc
import Synchronization

@testable import HTTPTransport

/// A server on 127.0.0.1 that does with each connection what it is scripted to, and closes it then.
final class RawServer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let thread: TransportThread

  /// Calls `serve` with each connection's socket, one after the other.
  init(_ serve: @escaping @Sendable (Int32) -> Void) throws {
    let (listener, port) = try LoopbackServer.listen(nil)
    self.listener = listener
    self.port = port
    thread = try TransportThread(name: "test-raw") {
      while true {
        let socket = accept(listener, nil, nil)
        if socket < 0 { return }
        serve(socket)
        close(socket)
      }
    }
  }

  /// Returns once the last connection was served.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    thread.join()
    close(listener)
  }

  var url: String { "https://127.0.0.1:\(port)/" }

  // MARK: What to do with a connection

  static func receive(_ socket: Int32, limit: Int = 1 << 16) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = recv(socket, &bytes, limit, 0)
    return Array(bytes.prefix(max(0, count)))
  }

  static func send(_ bytes: some Sequence<UInt8>, to socket: Int32) {
    let bytes = Array(bytes)
    _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Makes close(2) end the connection with a reset.
  static func reset(_ socket: Int32) {
    var how = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &how, socklen_t(MemoryLayout<linger>.size))
  }

  /// Lets the server at `port` answer what the client says first, and sends what `change` makes of its first bytes.
  static func relay(_ socket: Int32, to port: UInt16, _ change: ([UInt8]) -> [UInt8]) {
    let upstream = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(upstream) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafeBytes(of: &address) { bytes in
      bytes.baseAddress.map { connect(upstream, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) }
    }
    guard connected == 0 else { return }
    send(receive(socket), to: upstream)
    send(change(receive(upstream)), to: socket)
    // What the client says of it, if anything.
    var patience = timeval(tv_sec: 0, tv_usec: 200_000)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    _ = receive(socket)
  }
}
