package import SystemSupport

/// What somebody who connects may ask for.
package enum ControlAccess: Sendable, Comparable {
  case nothing
  /// How things are, and to wait for them.
  case reading
  /// To change something as well.
  case orders
}

/// Who may ask for what: root and the service's user for everything, the service's group for how things are. The kernel says
/// who connected; the rights of the socket's file are no more than a first door.
package struct ControlRule: Sendable, Equatable {
  /// The users whose own the journal is.
  package var users: Set<UInt32>
  package var group: UInt32

  package init(users: Set<UInt32>, group: UInt32) {
    self.users = users
    self.group = group
  }

  package func access(of peer: PeerCredentials) -> ControlAccess {
    if peer.user == 0 || users.contains(peer.user) { return .orders }
    return peer.groups.contains(group) ? .reading : .nothing
  }
}

/// Who is connected: so many at once, with places that are kept for root and the service's user, and no user takes those of
/// others.
struct ControlPlaces: Sendable, Equatable {
  /// All places, where the process may have as many descriptors.
  static let most = 32

  /// All places.
  let total: Int
  /// Those that only who may give orders gets.
  var reserved: Int { max(1, total * 3 / 8) }
  /// Those of one user who may not.
  var perUser: Int { max(1, total * 3 / 16) }

  private var users: [UInt32: Int] = [:]
  private var readers = 0
  private(set) var taken = 0

  init(total: Int = most) {
    self.total = total
  }

  /// Whether there is a place, which it then has.
  mutating func admit(_ user: UInt32, _ access: ControlAccess) -> Bool {
    switch access {
    case .nothing: return false
    case .orders: guard taken < total else { return false }
    case .reading:
      guard readers < total - reserved, users[user, default: 0] < perUser else { return false }
      readers += 1
      users[user, default: 0] += 1
    }
    taken += 1
    return true
  }

  /// Gives a place back.
  mutating func leave(_ user: UInt32, _ access: ControlAccess) {
    taken -= 1
    guard access == .reading else { return }
    readers -= 1
    users[user] = users[user].flatMap { $0 > 1 ? $0 - 1 : nil }
  }
}
