import CLinux
import Glibc

/// The two ends of a connection between processes of this machine; none of its calls waits.
package enum LocalSocket {
  /// Connects to the socket at `path`.
  ///
  /// - Throws: `ECONNREFUSED` where nobody listens any more, `ENOENT` where nobody has, `EAGAIN` where too many wait to be
  ///   heard, `EACCES` for who may not.
  package static func connect(to path: String) throws(SystemCallError) -> OwnedDescriptor {
    if path.utf8.count < LocalSocketPath.limit { return try connect(path, to: path) }
    let (parent, name) = LocalSocketPath.split(path)
    let directory = OwnedDescriptor(
      owning: try systemCall("open", path: Array(path.utf8)) {
        clinux_open(parent, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0)
      })
    return try connect(LocalSocketPath.short(parent, name, directory.number), to: path)
  }

  /// `place`: by which the kernel finds `path`.
  private static func connect(_ place: String, to path: String) throws(SystemCallError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("connect", path: Array(path.utf8)) { clinux_connect_to(place) })
  }

  /// Hands over as much as there is room for; how much that was.
  ///
  /// - Throws: `EAGAIN` for nothing, `EPIPE` or `ECONNRESET` where nobody reads any more.
  package static func send(
    _ bytes: ArraySlice<UInt8>, on socket: borrowing OwnedDescriptor
  ) throws(SystemCallError) -> Int {
    let number = socket.number
    return try systemCall("send") { bytes.withUnsafeBytes { clinux_send_now(number, $0.baseAddress, $0.count) } }
  }

  /// Who is at the other end, as the kernel noted it when they connected (`SO_PEERCRED`, `SO_PEERGROUPS`).
  package static func peer(of socket: borrowing OwnedDescriptor) throws(SystemCallError) -> PeerCredentials {
    var peer = clinux_peer()
    let number = socket.number
    try systemCall("getsockopt") { clinux_peer(number, &peer) }
    let count = peer.group_count
    let groups = withUnsafeBytes(of: &peer.groups) { Array($0.bindMemory(to: UInt32.self).prefix(count)) }
    return PeerCredentials(user: peer.user, groups: Set(groups).union([peer.group]), process: peer.process)
  }
}

/// The user of a process that connected.
package struct PeerCredentials: Sendable, Equatable {
  package var user: UInt32
  /// Its own group and the supplementary ones.
  package var groups: Set<UInt32>
  package var process: Int32

  package init(user: UInt32, groups: Set<UInt32>, process: Int32 = 0) {
    self.user = user
    self.groups = groups
    self.process = process
  }
}
