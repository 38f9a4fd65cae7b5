import Glibc
import TestSupport
import Testing

@testable import Daemon

struct AncestorRightsTests {
  private let place: TemporaryDirectory

  init() throws {
    place = try TemporaryDirectory()
    try place.makeDirectory("share/inbox")
  }

  private func found(_ mode: mode_t, trusted: Set<UInt32> = [0, geteuid()]) -> [AncestorRights.Weakness] {
    #expect(chmod(place.path + "/share", mode) == 0)
    return AncestorRights(trusted: trusted).weaknesses(above: place.path + "/share/inbox")
      .filter { $0.directory == place.path + "/share" }
  }

  @Test("who may replace a folder by what is above it is reported, with the command that ends it")
  func told() throws {
    #expect(found(0o755) == [])
    #expect(found(0o777).map(\.who).contains("everybody"))
    #expect(found(0o757).map(\.remedy) == ["chmod o-w " + ShellWord.quote(place.path + "/share")])
    #expect(found(0o1777) == [], "there each removes but their own")
    #expect(found(0o755, trusted: [4_000_000]).count == 1, "somebody else's")
    #expect(chown(place.path + "/share", .max, 12_345) == 0 || geteuid() != 0)
    if geteuid() == 0 { #expect(found(0o775).map(\.who) == ["the group 12345"]) }
  }

  @Test("the folder's own rights are its users' business")
  func own() throws {
    #expect(chmod(place.path + "/share/inbox", 0o777) == 0)
    #expect(found(0o755) == [])
  }

  @Test("every directory on the way of a link and of its target counts, however they are linked")
  func links() throws {
    try place.makeDirectory("a/b")
    try place.makeDirectory("c")
    #expect(symlink("../c/second", place.path + "/a/first") == 0)
    #expect(symlink(place.path + "/share", place.path + "/c/second") == 0)
    for name in ["a", "c", "share"] { #expect(chmod(place.path + "/" + name, 0o777) == 0) }
    let found = AncestorRights(trusted: [0, geteuid()]).weaknesses(above: place.path + "/a/first/inbox")
      .filter { $0.who == "everybody" }.map(\.directory)
    #expect(found.suffix(3) == [place.path + "/a", place.path + "/c", place.path + "/share"])
  }

  @Test("a link that is somebody else's in a directory with the sticky bit is theirs to replace")
  func stickyLink() throws {
    guard geteuid() == 0 else { return }
    try place.makeDirectory("tmp")
    #expect(chmod(place.path + "/tmp", 0o1777) == 0)
    #expect(symlink("../share", place.path + "/tmp/link") == 0)
    let rights = AncestorRights(trusted: [0])
    let path = place.path + "/tmp/link/inbox"
    #expect(rights.weaknesses(above: path).allSatisfy { !$0.who.contains("link") })
    #expect(lchown(place.path + "/tmp/link", 4_000_000, 0) == 0)
    #expect(
      rights.weaknesses(above: path).contains {
        $0.remedy == "chown -h root \(ShellWord.quote(place.path + "/tmp/link"))"
      })
  }

  @Test("links in a circle end")
  func circle() throws {
    #expect(symlink("two", place.path + "/one") == 0)
    #expect(symlink("one", place.path + "/two") == 0)
    _ = AncestorRights(trusted: [0]).weaknesses(above: place.path + "/one/inbox")
  }
}
