import CLinux
import Glibc

/// A user as file permissions see one: number, groups and name.
package struct FileUser: Sendable, Equatable {
  package let name: String
  package let number: UInt32
  package let groups: [UInt32]

  /// Looks a user up (`getpwnam(3)`, `getgrouplist(3)`); nil where there is none. May block.
  package init?(named name: String) {
    guard let entry = getpwnam(name) else { return nil }
    self.name = name
    number = entry.pointee.pw_uid
    let group = entry.pointee.pw_gid
    var count: Int32 = 64
    var groups = [gid_t](repeating: 0, count: Int(count))
    if getgrouplist(name, group, &groups, &count) < 0 {
      groups = [gid_t](repeating: 0, count: Int(count))
      guard getgrouplist(name, group, &groups, &count) >= 0 else { return nil }
    }
    self.groups = [group] + groups.prefix(Int(count)).filter { $0 != group }
  }
}

/// What a thread may do with files.
package enum FileAccess {
  /// Makes the calling thread, and no other, open files with the rights of `user` from now on: as root, which keeps its
  /// other capabilities (`CAP_LEASE`), but not those that override permissions (`setfsuid(2)`). The thread must end with
  /// what it was made for.
  package static func become(_ user: FileUser) throws(SystemCallError) {
    let group = user.groups.first ?? user.number
    try systemCall("setfsuid") { clinux_become_file_user(user.number, group, user.groups, user.groups.count) }
  }

  /// Throws where this thread may not make, rename and remove files in a directory. No file is made.
  package static func askToChange(_ path: String) throws(SystemCallError) { try ask(path, W_OK | X_OK) }

  /// Whether this thread may pass through a directory.
  package static func mayPass(_ path: String) -> Bool { (try? ask(path, X_OK)) != nil }

  /// Whether this thread may run a program. Throws why not.
  package static func checkProgram(_ path: String) throws(SystemCallError) {
    let bytes = Array(path.utf8)
    var status = stat()
    // Links are followed, as they are when it is run.
    try systemCall("stat", path: bytes) { stat(path, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw SystemCallError(call: "stat", code: EISDIR, path: bytes) }
    try ask(path, X_OK)
  }

  private static func ask(_ path: String, _ mode: Int32) throws(SystemCallError) {
    try systemCall("faccessat", path: Array(path.utf8)) { faccessat(AT_FDCWD, path, mode, AT_EACCESS) }
  }
}
