import DeliveryModel
import Glibc
import TestSupport
import Testing

@testable import SystemSupport

/// What is known to be the daemon's own without the journal.
@Suite struct OwnMarkTests {
  let folder: TemporaryDirectory
  let root: RootDirectory

  init() throws {
    folder = try TemporaryDirectory()
    root = try RootDirectory(folder.path)
  }

  private func isMarked(_ name: String) throws -> Bool {
    let path = RelativePath(unchecked: Array(name.utf8))
    let owner = try root.status(of: .root)
    let found = try root.location(path).isMarked(as: Array(path.name), in: owner)
    #expect(try root.openDirectory(path).isMarked(as: Array(path.name), in: owner) == found)
    return found
  }

  @Test("a marked directory is known by its own name, and neither a copy nor what its mark was moved into is")
  func directories() throws {
    for name in ["_sent", "theirs", "named"] { try folder.makeDirectory(name) }
    #expect(try !isMarked("_sent"))
    try root.location("_sent").mark(as: Array("_sent".utf8))
    #expect(try isMarked("_sent"))
    try folder.write("_sent", to: "theirs/.s3loggerd")
    #expect(try !isMarked("theirs"))
    try folder.write("named", to: "named/.s3loggerd")
    #expect(try isMarked("named"))
    let unused = try root.location("named").isUnused()
    #expect(unused, "the mark alone is no use")
    try folder.makeDirectory("named/HR/letters")
    let empty = try root.location("named").isUnused()
    #expect(empty, "directories hold no document")
    try folder.write("x", to: "named/HR/letters/a")
    let used = try !root.location("named").isUnused()
    #expect(used)
    rename(folder.path + "/_sent", folder.path + "/moved")
    #expect(try !isMarked("moved"))
  }

  @Test("a page is ours by its head and its owner; a link or a directory of that name never is")
  func pages() throws {
    let name = Array("_status.html".utf8)
    #expect(try root.holderOfPage(name) == .nobody)
    try folder.write("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n\(OwnPlace.pageMark)\n", to: "_status.html")
    #expect(try root.holderOfPage(name) == .us)
    if geteuid() == 0 {
      chown(folder.path + "/_status.html", 12_345, gid_t.max)
      #expect(try root.holderOfPage(name) == .others)
    }
    try folder.remove("_status.html")
    try folder.write(String(repeating: " ", count: 5000) + OwnPlace.pageMark, to: "_status.html")
    #expect(try root.holderOfPage(name) == .others)
    try folder.remove("_status.html")
    symlink("/etc/passwd", folder.path + "/_status.html")
    #expect(try root.holderOfPage(name) == .others)
    unlink(folder.path + "/_status.html")
    try folder.makeDirectory("_status.html")
    #expect(try root.holderOfPage(name) == .others)
  }
}

extension RelativePath: ExpressibleByStringLiteral {
  /// The text's own bytes.
  public init(stringLiteral text: String) {
    self.init(unchecked: Array(text.utf8))
  }
}
