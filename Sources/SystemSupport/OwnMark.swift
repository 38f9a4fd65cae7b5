import CLinux
import DeliveryModel
import Glibc

/// What tells a directory or a page of the daemon's own from those of people where the journal does not know it: after a lost
/// journal, on a new server.
///
/// Directories carry the attribute `user.s3loggerd` or, where the file system has none, hold a hidden file `.s3loggerd`; either
/// holds the directory's name, so that it counts for no copy and for nothing that it was moved into. Pages carry a line. As
/// people may set all of these, a mark counts only on what belongs to the daemon's user or, for a directory, to whom the
/// folder belongs; and a directory's says no more than that nothing is delivered from it.
package enum OwnMark {
  static let attribute = "user.s3loggerd"
  package static let file = Array(".s3loggerd".utf8)
  /// The heads of the pages of 1.0.0, which had no such line.
  private static let formerHeads = ["en", "it"].map { language in
    Array(
      """
      <!DOCTYPE html>
      <html lang="\(language)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>
      """.utf8)
  }

  /// Bytes at the beginning of a page in which the mark stands.
  static let headLength = 1024

  static func isPage(_ head: [UInt8]) -> Bool {
    let line = Array(OwnPlace.pageMark.utf8)
    return head.indices.contains { head[$0...].starts(with: line) }
      || formerHeads.contains { head.starts(with: $0) }
  }
}

/// What stands under a name that the daemon wants for itself.
package enum NameHolder: Sendable, Equatable {
  case nobody
  case us
  case others
}

extension DirectoryLocation {
  /// Marks this directory, which is called `name`, as the daemon's own. Best effort: the journal knows it too.
  package func mark(as name: [UInt8]) {
    guard (try? isMarked(as: name, in: nil)) != true,
      clinux_set_attribute(descriptor.number, OwnMark.attribute, name, name.count) != 0
    else { return }
    guard let made = try? openFile(OwnMark.file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644) else { return }
    try? made.write(name)
  }

  /// Whether it carries the mark for `name`, and belongs to this user or to whom `folder` belongs.
  package func isMarked(as name: [UInt8], in folder: FileStatus?) throws(SystemCallError) -> Bool {
    let status = try status()
    guard status.owner == Self.agent || status.owner == folder?.owner else { return false }
    if try descriptor.attribute(OwnMark.attribute) == name { return true }
    guard let inside = try self.status(of: OwnMark.file), inside.kind == .file,
      inside.owner == Self.agent || inside.owner == folder?.owner, inside.identity.size == name.count
    else { return false }
    return try open(OwnMark.file).read(upTo: name.count + 1) == name
  }

  /// Whether nobody has put a file into it, or into a directory below; false where that is too much to look through.
  package func isUnused() throws(SystemCallError) -> Bool {
    var room = Self.mostLooked
    return try isUnused(&room, depth: 0)
  }

  private static var mostLooked: Int { 1000 }
  private static var deepest: Int { 16 }

  private func isUnused(_ room: inout Int, depth: Int) throws(SystemCallError) -> Bool {
    let reader = try reader()
    while let entries = try reader.next() {
      for entry in entries where entry.name != OwnMark.file && !OwnTemporaryName.isOne(entry.name) {
        room -= 1
        guard room > 0, depth < Self.deepest, let below = try child(entry.name) else { return false }
        guard try below.isUnused(&room, depth: depth + 1) else { return false }
      }
    }
    return true
  }

  /// Whose page stands under `name`. `ownersTell`: not where one owner stands for everybody.
  package func holderOfPage(_ name: [UInt8], ownersTell: Bool) throws(SystemCallError) -> NameHolder {
    guard let status = try status(of: name) else { return .nobody }
    guard status.kind == .file, !ownersTell || status.owner == Self.agent else { return .others }
    let head = try open(name).read(upTo: OwnMark.headLength)
    return OwnMark.isPage(head) ? .us : .others
  }
}

extension RootDirectory {
  /// Whose page stands in the folder under `name`.
  package func holderOfPage(_ name: [UInt8]) throws(SystemCallError) -> NameHolder {
    try location(.root).holderOfPage(name, ownersTell: try fileSystem().remoteName == nil)
  }
}

extension DirectoryReader {
  /// Whether this directory, called `name`, carries the daemon's mark; see ``DirectoryLocation/isMarked(as:in:)``. False
  /// where it cannot be told.
  package func isMarked(as name: [UInt8], in folder: FileStatus?) -> Bool {
    let number = number
    // Nearly every directory is people's, which these two calls show.
    guard
      (try? systemCall("fgetxattr") { clinux_get_attribute(number, OwnMark.attribute, nil, 0) }) != nil
        || (try? self.status(of: OwnMark.file)) != nil
    else { return false }
    guard (try? status().owner).map({ $0 == DirectoryLocation.agent || $0 == folder?.owner }) == true,
      let opened = try? systemCall("openat", { clinux_open_at(number, ".", O_RDONLY | O_DIRECTORY, 0) })
    else { return false }
    let copy = DirectoryLocation(OwnedDescriptor(owning: opened))
    return (try? copy.isMarked(as: name, in: folder)) == true
  }
}
