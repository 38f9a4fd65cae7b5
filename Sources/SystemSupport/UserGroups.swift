import Glibc
private import Synchronization

/// The groups of users by number, each asked of the system once in a while (`getpwuid_r(3)`, `getgrouplist(3)`).
package final class UserGroups: Sendable {
  private let known = Mutex<[UInt32: (groups: Set<UInt32>?, until: MonotonicInstant)]>([:])

  package init() {}

  /// The groups that a user is in; nil where the system knows no such user. May block.
  package func groups(of user: UInt32) -> Set<UInt32>? {
    let now = MonotonicInstant.now
    if let remembered = known.withLock({ $0[user] }), remembered.until > now { return remembered.groups }
    let groups = Self.ask(user)
    known.withLock { users in
      if users.count >= Self.capacity { users.removeAll() }
      users[user] = (groups, now + Self.memory)
    }
    return groups
  }

  private static let capacity = 4096
  /// People join groups and leave them.
  private static let memory = Duration.seconds(60)

  private static func ask(_ user: UInt32) -> Set<UInt32>? {
    var size = 1024
    while size <= 1 << 20 {
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      var buffer = [CChar](repeating: 0, count: size)
      let failure = getpwuid_r(user, &entry, &buffer, size, &found)
      if failure == 0 {
        guard let found, let name = found.pointee.pw_name else { return nil }
        return list(name, found.pointee.pw_gid)
      }
      guard failure == ERANGE else { return nil }
      size *= 4
    }
    return nil
  }

  private static func list(_ name: UnsafePointer<CChar>, _ group: gid_t) -> Set<UInt32>? {
    var room: Int32 = 64
    for _ in 0..<4 {
      var groups = [gid_t](repeating: 0, count: Int(room))
      var count = room
      if getgrouplist(name, group, &groups, &count) >= 0 { return Set(groups.prefix(Int(count))).union([group]) }
      room = max(count, room * 2)
    }
    return nil
  }
}
