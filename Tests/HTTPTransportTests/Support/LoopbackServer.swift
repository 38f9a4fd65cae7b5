import Glibc
import Synchronization

@testable import HTTPTransport

/// A scripted HTTP/1.1 server on 127.0.0.1, one thread a connection.
final class LoopbackServer: Sendable {
  private struct State {
    var connections = 0
    var open: Set<Int32> = []
    var peak = 0
    var requests: [ServedRequest] = []
    var threads: [TransportThread] = []
  }

  /// Decides on a request before its body is read; nil reads it.
  typealias Admission = @Sendable (ServedRequest) -> Reply?
  typealias Script = @Sendable (ServedRequest) -> Reply

  let port: UInt16
  private let listener: Int32
  private let state = Mutex(State())
  private let greeting: @Sendable () -> Void
  private let admit: Admission
  private let script: Script
  private let (replies, replied) = AsyncStream.makeStream(of: Void.self)

  /// `greeting` is called when the first byte of a connection is here.
  ///
  /// `room`: bytes that the kernel takes before the server reads them (SO_RCVBUF); nil for what is usual.
  init(
    room: Int32? = nil, greeting: @escaping @Sendable () -> Void = {}, admit: @escaping Admission = { _ in nil },
    _ script: @escaping Script
  ) throws {
    (listener, port) = try Self.listen(room)
    self.greeting = greeting
    self.admit = admit
    self.script = script
    let listener = self.listener
    let acceptor = try TransportThread(name: "test-accept") { [self] in
      while true {
        let socket = accept(listener, nil, nil)
        if socket < 0 { return }
        serve(socket)
      }
    }
    state.withLock { $0.threads.append(acceptor) }
  }

  /// Ends all connections and waits for the threads.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    var threads = state.withLock { $0.threads }
    threads.removeFirst().join()
    threads = state.withLock { state in
      for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
      return Array(state.threads.dropFirst())
    }
    threads.forEach { $0.join() }
    close(listener)
  }

  func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

  /// Waits until the server has sent all of its next reply, so that the kernel of the other side has it.
  func sentReply() async {
    var iterator = replies.makeAsyncIterator()
    await iterator.next()
  }

  var requests: [ServedRequest] { state.withLock { $0.requests } }
  /// Connections accepted so far.
  var connections: Int { state.withLock { $0.connections } }
  /// The most connections that were open at once.
  var peak: Int { state.withLock { $0.peak } }

  static func listen(_ room: Int32?) throws -> (Int32, UInt16) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if var room { setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size)) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
      guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      guard bind(socket, pointer, length) == 0, Glibc.listen(socket, 512) == 0 else { return -1 }
      return getsockname(socket, pointer, &length)
    }
    guard result == 0 else { throw TransportError(kind: .other, message: "no port to listen on") }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  private func serve(_ socket: Int32) {
    let number = state.withLock { state in
      state.connections += 1
      state.open.insert(socket)
      state.peak = max(state.peak, state.open.count)
      return state.connections - 1
    }
    let thread = try? TransportThread(name: "test-serve") { [self] in
      run(LoopbackConnection(socket: socket, number: number))
      state.withLock { _ = $0.open.remove(socket) }
      close(socket)
    }
    if let thread { state.withLock { $0.threads.append(thread) } }
  }

  private func run(_ connection: LoopbackConnection) {
    var (connection, first) = (connection, UInt8())
    if recv(connection.socket, &first, 1, Int32(MSG_PEEK)) == 1 { greeting() }
    while var request = connection.readHead() {
      if let reply = admit(request) {
        guard connection.carryOut(reply) else { return }
        continue
      }
      guard connection.readBody(of: &request) else { return }
      state.withLock { $0.requests.append(request) }
      let goesOn = connection.carryOut(script(request))
      replied.yield()
      guard goesOn else { return }
    }
  }
}
