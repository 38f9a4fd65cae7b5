import DeliveryModel
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// What is said of a folder that goes and comes back.
struct FolderPresenceTests {
  private let directory: TemporaryDirectory
  private let root: RootDirectory
  private let gone = FolderPresence.Absence(since: Fixture.wall, reason: "it is gone")

  init() throws {
    directory = try TemporaryDirectory()
    root = try RootDirectory(directory.path)
  }

  @Test("that it is unavailable, and that it is back, is said once each, whatever is the reason meanwhile")
  func news() {
    let other = FolderPresence.Absence(since: Fixture.wall, reason: "it may not be entered")
    let absent: [FolderPresence] = [.missing(gone), .missing(other), .unmounted(root, gone)]
    for next in absent {
      for known in [FolderPresence.opening, .present(root)] {
        #expect(known.news(in: next) == .unavailable(reason: next.absence?.reason ?? ""))
      }
      for known in absent { #expect(known.news(in: next) == nil) }
      #expect(next.news(in: .present(root)) == .available)
    }
    for known in [FolderPresence.opening, .present(root)] { #expect(known.news(in: .present(root)) == nil) }
  }

  @Test("a directory that is replaced at once was never unavailable; one that was so still is")
  func lost() {
    var presence = FolderPresence.present(root)
    presence.lose()
    #expect(presence.root == nil && presence.absence == nil)
    presence = .unmounted(root, gone)
    #expect(presence.root === root)
    presence.lose()
    #expect(presence.root == nil && presence.absence == gone)
  }
}
