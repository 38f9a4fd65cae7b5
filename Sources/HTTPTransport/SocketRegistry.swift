import Glibc

/// The sockets that libcurl opened. libcurl 7.88 does not tell the socket of a transfer under way, only its local port.
struct SocketRegistry {
  /// Descriptor numbers; some may be closed by now, or be something else.
  private var candidates: Set<Int32> = []

  mutating func note(_ socket: Int32) {
    candidates.insert(socket)
  }

  /// Bytes that the kernel accepted on the connection from this port and the other side has not acknowledged yet
  /// (TIOCOUTQ, tcp(7)); 0 if there is no such connection. Without them a slow link with a long send queue would look
  /// stalled while the queue drains.
  mutating func unsent(localPort: Int) -> Int64 {
    guard localPort > 0 else { return 0 }
    for socket in candidates {
      guard let port = Self.localPort(of: socket) else {
        candidates.remove(socket)
        continue
      }
      if port != localPort { continue }
      var count: Int32 = 0
      return ioctl(socket, UInt(TIOCOUTQ), &count) == 0 ? Int64(count) : 0
    }
    return 0
  }

  /// The port the socket is bound to; nil if the descriptor is no internet socket.
  private static func localPort(of socket: Int32) -> Int? {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutableBytes(of: &address) { bytes in
      getsockname(socket, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
    }
    guard result == 0, [sa_family_t(AF_INET), sa_family_t(AF_INET6)].contains(address.ss_family) else { return nil }
    // Port numbers lie at the same place in sockaddr_in and sockaddr_in6: after the family.
    return withUnsafeBytes(of: &address) {
      Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
    }
  }
}
