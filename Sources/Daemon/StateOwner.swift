import Glibc

/// Whose the files of the state directory are: the directory's owner's, also where root makes them. Else a start or a
/// command by root's hand would shut out the service, which runs as that user.
enum StateOwner {
  /// Gives what root has made. A symbolic link that somebody put in its place is given, not followed.
  static func give(_ names: [String], in directory: String) {
    var status = stat()
    guard geteuid() == 0, stat(directory, &status) == 0 else { return }
    for name in names { _ = lchown(directory + "/" + name, status.st_uid, status.st_gid) }
  }

  /// Whose the directory is; nil where that cannot be told.
  static func of(_ directory: String) -> (user: UInt32, group: UInt32)? {
    var status = stat()
    return stat(directory, &status) == 0 ? (status.st_uid, status.st_gid) : nil
  }
}
