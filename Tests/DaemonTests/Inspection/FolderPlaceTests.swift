import DaemonConfiguration
import DeliveryModel
import Glibc
import TestFixtures
import TestSupport
import Testing

@testable import Daemon

struct FolderPlaceTests {
  @Test("a directory whose name only looks like the folder's is another one")
  func twins() throws {
    let top = try TemporaryDirectory()
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
    for name in [composed, decomposed, composed + "/a"] { try top.makeDirectory(name) }
    let configuration = try Fixture.configuration("\(top.path)/\(composed)")
    func path(_ name: String) -> String? { FolderPlace("\(top.path)/\(name)", in: configuration)?.path.escaped }
    #expect(path(composed + "/x.pdf") == "x.pdf" && path(composed + "/a/x.pdf") == "a/x.pdf")
    #expect(path(decomposed + "/x.pdf") == nil)
  }

  @Test("a folder whose path leads through a link is found by where its files really are")
  func links() throws {
    let top = try TemporaryDirectory()
    try top.makeDirectory("real/inbox")
    #expect(symlink("\(top.path)/real", "\(top.path)/link") == 0)
    let configuration = try Fixture.configuration("\(top.path)/link/inbox")
    for way in ["link", "real"] {
      #expect(FolderPlace("\(top.path)/\(way)/inbox/x.pdf", in: configuration)?.path.escaped == "x.pdf")
    }
  }

  @Test("a folder that has become a link holds nothing, wherever it leads", arguments: ["real/inbox", "real"])
  func becameALink(target: String) throws {
    let top = try TemporaryDirectory()
    try top.makeDirectory("real/inbox")
    #expect(symlink("\(top.path)/real", "\(top.path)/link") == 0)
    #expect(symlink("\(top.path)/\(target)", "\(top.path)/sick") == 0)
    let other = "[[folder]]\nname = \"healthy\"\npath = \"\(top.path)/link/inbox\""
    let configuration = try Fixture.configuration("\(top.path)/sick", other)
    for way in ["link", "real"] {
      #expect(FolderPlace("\(top.path)/\(way)/inbox/x.pdf", in: configuration)?.folder.name == "healthy")
    }
  }

  @Test(
    "where the daemon puts files itself nothing waits to be taken up",
    arguments: [("_rejected/a.pdf", false), ("_rejectedly/a.pdf", true), ("_sent/a.pdf", true)])
  func unwatched(name: String, isWatched: Bool) throws {
    let top = try TemporaryDirectory()
    for directory in ["_rejected", "_rejectedly", "_sent"] { try top.makeDirectory(directory) }
    let configuration = try Fixture.configuration(top.path, "max_size = \"1MB\"")
    let place = try #require(FolderPlace("\(top.path)/\(name)", in: configuration))
    #expect((place.unwatched == nil) == isWatched)
  }
}

extension FolderPlace {
  /// Nil for a path outside every folder.
  fileprivate init?(_ text: String, in configuration: Configuration) {
    let roots = ResolvedRoots(configuration.folders)
    guard case .found(let place) = Self.search(Array(text.utf8), configuration.folders, roots.all) else { return nil }
    self = place
  }
}
