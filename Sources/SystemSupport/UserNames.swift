import Glibc
private import Synchronization

/// Names of users by number, each asked of the system once (`getpwuid_r(3)`): the answer may come from a directory server.
package final class UserNames: Sendable {
  private let known = Mutex<[UInt32: String?]>([:])

  package init() {}

  /// The user's name, or nil where the system knows none. May block.
  package func name(of user: UInt32) -> String? {
    if let remembered = known.withLock({ $0[user] }) { return remembered }
    guard let answer = Self.ask(user) else { return nil }
    known.withLock { names in
      if names.count >= Self.capacity { names.removeAll() }
      names[user] = .some(answer.name)
    }
    return answer.name
  }

  /// More users than a firm has; a bound all the same.
  private static let capacity = 4096

  private struct Answer {
    let name: String?
  }

  /// What the system says; nil where it could not be asked, which must not be remembered.
  private static func ask(_ user: UInt32) -> Answer? {
    var size = 1024
    while size <= 1 << 20 {
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      var buffer = [CChar](repeating: 0, count: size)
      let failure = getpwuid_r(user, &entry, &buffer, size, &found)
      if failure == 0 {
        return Answer(name: found.flatMap { user in user.pointee.pw_name.map { String(cString: $0) } })
      }
      guard failure == ERANGE else { return nil }
      size *= 4
    }
    return nil
  }
}
