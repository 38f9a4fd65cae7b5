import DeliveryModel
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// Which delivered files need not be known any more.
struct GoneFilesTests {
  @Test("a file is gone where the very directory in which it was seen has no such name, and nowhere else")
  func certainlyGone() async throws {
    let inbox = try TemporaryDirectory()
    try inbox.write("x", to: "there")
    let root = try RootDirectory(inbox.path).seen()
    let folders = try FolderSet()
    try folders.use([("inbox", inbox.path)])
    let folder = try #require(folders.folder("inbox"))
    let settings = try Fixture.settings(inbox.path)
    var status = FolderWatchStatus(name: "inbox", path: inbox.path, mode: .inotify)
    let other = FolderRoot(path: root.path, device: root.device, inode: root.inode + 1)
    let share = FolderRoot(path: root.path, device: root.device, inode: 0)
    let deliveries = [(1, "there", root), (2, "gone", root), (3, "gone", other), (4, "gone", share)].map {
      Delivery(
        number: $0.0,
        file: SettledFile(
          folder: "inbox", path: Fixture.path($0.1),
          identity: FileIdentity(device: 1, inode: 7, size: 10, modified: 5, changed: 6), owner: 0,
          received: Fixture.wall, settled: Fixture.wall, evidence: .lease, discovery: .event, root: $0.2),
        nextAttempt: Fixture.wall)
    }
    let gone = GoneFiles(folders: folders, settings: { settings })
    #expect(await gone.among(deliveries) == [], "it is not watched yet")
    for presence in [FolderWatchStatus.Presence.present, .missing] {
      status.presence = presence
      _ = folder.publish(status)
      #expect(await gone.among(deliveries) == (presence == .present ? [2] : []))
    }
  }
}
