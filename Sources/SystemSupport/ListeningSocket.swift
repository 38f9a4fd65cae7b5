import CLinux
import Glibc

/// A stream socket at a path, to which other processes of this machine connect (`unix(7)`).
///
/// Only who holds a lock that says so may make one at a path: what a process that was killed has left there is replaced.
package final class ListeningSocket: Sendable {
  /// Why there is none.
  package enum Obstacle: Error, Equatable, CustomStringConvertible {
    /// Something else stands at the path, which is left alone.
    case occupied(path: String)
    /// A process answers there.
    case inUse(path: String)
    case failed(SystemCallError)

    package var description: String {
      switch self {
      case .occupied(let path): "\(path) is no socket of the service: move it away"
      case .inUse(let path): "another process listens at \(path): give each daemon a RUNTIME_DIRECTORY of its own"
      case .failed(let error): "\(error)"
      }
    }
  }

  /// What came of looking for a client.
  package enum Arrival: ~Copyable {
    case client(OwnedDescriptor)
    /// Nobody waits.
    case nobody
    /// One waits, and there is no descriptor or no memory for it now.
    case noRoom
  }

  private let directory: OwnedDescriptor
  private let name: String
  private let descriptor: OwnedDescriptor
  private let identity: (device: UInt64, inode: UInt64)

  /// Listens at `path`, with this mode and, for root, this owner. Clients that do not fit into the backlog wait or are
  /// refused by the kernel.
  package init(
    at path: String, mode: UInt32, owner: UInt32? = nil, group: UInt32? = nil, backlog: Int32 = 128
  ) throws(Obstacle) {
    let (parent, name) = LocalSocketPath.split(path)
    do throws(SystemCallError) {
      directory = try Self.openDirectory(parent)
      self.name = name
      // Made beside it and renamed, so that whoever connects meets a socket that listens and has its rights.
      let young = "." + name + ".new"
      let place = directory.number
      for name in [young, name] { try Self.requireNoOther(name, in: place, path) }
      if Self.status(young, in: place) != nil { try systemCall("unlinkat") { unlinkat(place, young, 0) } }
      let short = LocalSocketPath.short(parent, young, place)
      descriptor = OwnedDescriptor(
        owning: try systemCall("bind", path: Array(path.utf8)) { clinux_listen_at(short, backlog) })
      try systemCall("fchmodat", path: Array(path.utf8)) { fchmodat(place, young, mode_t(mode), 0) }
      // The unit's system call filter has no chown: nothing is given that is so already.
      let made = Self.status(young, in: place)
      if owner.map({ $0 != made?.st_uid }) ?? false || group.map({ $0 != made?.st_gid }) ?? false {
        try systemCall("fchownat", path: Array(path.utf8)) {
          fchownat(place, young, owner ?? .max, group ?? .max, AT_SYMLINK_NOFOLLOW)
        }
      }
      try systemCall("renameat", path: Array(path.utf8)) { renameat(place, young, place, name) }
      identity = (UInt64(made?.st_dev ?? 0), UInt64(made?.st_ino ?? 0))
    } catch {
      throw Self.obstacle(error, path)
    }
  }

  private static func openDirectory(_ path: String) throws(SystemCallError) -> OwnedDescriptor {
    let directory = OwnedDescriptor(
      owning: try systemCall("open", path: Array(path.utf8)) {
        clinux_open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0)
      })
    let rights = try directory.status().permissions
    guard rights & 0o002 == 0 || rights & 0o1000 != 0 else {
      throw SystemCallError(call: SystemCallError.openDirectory, code: EPERM, path: Array(path.utf8))
    }
    return directory
  }

  private static func obstacle(_ error: SystemCallError, _ path: String) -> Obstacle {
    switch (error.call, error.code) {
    case (checking, EEXIST): .occupied(path: path)
    case (checking, _): .inUse(path: path)
    default: .failed(error)
    }
  }

  /// The name of the look at what stands there, in an error.
  private static let checking = "socket"

  /// Throws where the name is that of something that is not a socket without a listener.
  private static func requireNoOther(_ name: String, in directory: Int32, _ path: String) throws(SystemCallError) {
    guard let found = status(name, in: directory) else { return }
    guard found.st_mode & S_IFMT == S_IFSOCK, found.st_uid == geteuid() || found.st_uid == 0 || geteuid() == 0 else {
      throw SystemCallError(call: checking, code: EEXIST)
    }
    let parent = LocalSocketPath.split(path).directory
    let client = clinux_connect_to(LocalSocketPath.short(parent, name, directory))
    let code = errno
    if client >= 0 { _ = close(client) }
    guard client < 0, code == ECONNREFUSED else { throw SystemCallError(call: checking, code: EADDRINUSE) }
  }

  private static func status(_ name: String, in directory: Int32) -> stat? {
    var found = stat()
    return fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0 ? found : nil
  }

  /// For ``PollSet``.
  package var number: Int32 { descriptor.number }

  /// The next client, whose socket does not block.
  package func accept() -> Arrival {
    while true {
      let number = clinux_accept(descriptor.number)
      if number >= 0 { return .client(OwnedDescriptor(owning: number)) }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EAGAIN: return .nobody
      default: return .noRoom
      }
    }
  }

  /// Takes the path away, unless another process has put its own there.
  package func remove() {
    guard let found = Self.status(name, in: directory.number), UInt64(found.st_dev) == identity.device,
      UInt64(found.st_ino) == identity.inode
    else { return }
    _ = unlinkat(directory.number, name, 0)
  }
}

/// Paths of sockets, which the kernel takes up to 107 bytes: a longer one is reached through the descriptor of its
/// directory.
package enum LocalSocketPath {
  static func split(_ path: String) -> (directory: String, name: String) {
    let bytes = Array(path.utf8)
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    return (
      String(decoding: bytes[...slash], as: UTF8.self), String(decoding: bytes[(slash + 1)...], as: UTF8.self)
    )
  }

  /// `sun_path` with its final zero.
  static let limit = 108

  static func short(_ directory: String, _ name: String, _ descriptor: Int32) -> String {
    let whole = directory + (directory.utf8.last == UInt8(ascii: "/") ? "" : "/") + name
    return whole.utf8.count < limit ? whole : "/proc/self/fd/\(descriptor)/\(name)"
  }
}
