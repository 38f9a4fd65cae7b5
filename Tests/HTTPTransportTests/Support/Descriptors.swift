import Glibc

/// The open descriptors of this process.
enum Descriptors {
  private static var open: [Int32] { (0..<4096).filter { fcntl($0, F_GETFD) >= 0 } }

  static var count: Int { open.count }

  /// How many sockets are connected to a port.
  static func connected(to port: UInt16) -> Int {
    open.filter { peerPort($0) == port }.count
  }

  private static func peerPort(_ socket: Int32) -> UInt16? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutableBytes(of: &address) { bytes in
      getpeername(socket, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
    }
    return result == 0 ? UInt16(bigEndian: address.sin_port) : nil
  }
}
