import Glibc

/// The sockets that libcurl has open, as its callbacks report them. libcurl 7.88 does not tell the socket of a transfer
/// under way, only where its connection begins and ends.
///
/// Lives on the transport's thread.
final class SocketRegistry {
  /// Where a connection begins and ends.
  struct Ends: Hashable {
    var localPort: Int32
    var remotePort: Int32
    var remoteAddress: String
  }

  /// A connection that a request is about to go out over.
  struct Connection {
    var socket: Int32
    /// Whether it carried a request before.
    var isReused: Bool
    /// When it was last used; nanoseconds, 0 if never.
    var lastUse: UInt64
  }

  private var connections: [Ends: Connection] = [:]
  private var ends: [Int32: Ends] = [:]
  /// Sockets that no request has gone out over yet.
  private var unused: Set<Int32> = []

  /// Probes of an idle connection that may go unanswered before the kernel gives it up.
  private static let keepaliveProbes: Int32 = 7

  /// A socket was made.
  func opened(_ socket: Int32) {
    forget(socket)
    unused.insert(socket)
    var probes = Self.keepaliveProbes
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_KEEPCNT, &probes, socklen_t(MemoryLayout<Int32>.size))
  }

  /// A socket is about to be closed.
  func forget(_ socket: Int32) {
    unused.remove(socket)
    if let old = ends.removeValue(forKey: socket) { connections.removeValue(forKey: old) }
  }

  /// The connection between these ends, from now on a used one; nil if it is not known. `now` in nanoseconds.
  func use(_ ends: Ends, now: UInt64) -> Connection? {
    if let known = connections[ends] {
      connections[ends]?.lastUse = now
      return known
    }
    guard let socket = unused.first(where: { Self.localPort(of: $0) == ends.localPort }) else { return nil }
    unused.remove(socket)
    self.ends[socket] = ends
    connections[ends] = Connection(socket: socket, isReused: true, lastUse: now)
    return Connection(socket: socket, isReused: false, lastUse: 0)
  }

  /// How many sockets are open.
  var count: Int { unused.count + connections.count }

  /// The port the socket is bound to; nil if the descriptor is no internet socket.
  private static func localPort(of socket: Int32) -> Int32? {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutableBytes(of: &address) { bytes in
      getsockname(socket, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
    }
    guard result == 0, [sa_family_t(AF_INET), sa_family_t(AF_INET6)].contains(address.ss_family) else { return nil }
    // Port numbers lie at the same place in sockaddr_in and sockaddr_in6: after the family.
    return withUnsafeBytes(of: &address) {
      Int32(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
    }
  }
}

extension SocketRegistry.Connection {
  /// Bytes that the kernel accepted and the other side has not acknowledged yet (TIOCOUTQ, tcp(7)). Without them a slow
  /// link with a long send queue would look stalled while the queue drains, and a body gone that is not.
  var unsent: Int64 {
    var count: Int32 = 0
    return ioctl(socket, UInt(TIOCOUTQ), &count) == 0 ? Int64(count) : 0
  }

  /// How long the other side's kernel has acknowledged nothing (TCP_INFO, tcp(7)); nil if that is not known.
  var sinceAcknowledgement: Duration? {
    var info = tcp_info()
    var length = socklen_t(MemoryLayout<tcp_info>.size)
    guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0 else { return nil }
    return .milliseconds(Int64(info.tcpi_last_ack_recv))
  }

  /// What lies in the socket unread.
  enum Arrivals {
    case nothing
    /// The other side has closed the connection, be it with a last word: TLS has one, and some servers say that they
    /// waited too long (408).
    case end
    case bytes
  }

  var arrivals: Arrivals {
    var byte: UInt8 = 0
    let count = recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    if count < 0 { return errno == EAGAIN || errno == EINTR ? .nothing : .end }
    if count == 0 { return .end }
    let closed: Int16 = 0x2000  // POLLRDHUP, which Glibc's module leaves out
    var event = pollfd(fd: socket, events: closed, revents: 0)
    return poll(&event, 1, 0) > 0 ? .end : .bytes
  }
}
