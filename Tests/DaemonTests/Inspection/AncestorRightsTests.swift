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
}
