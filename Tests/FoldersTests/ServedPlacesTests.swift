import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// Which directory a file is looked for in, and in whose name.
struct ServedPlacesTests {
  private let inbox: TemporaryDirectory
  private let settings: ConfiguredFolders

  init() throws {
    inbox = try TemporaryDirectory()
    settings = try Fixture.settings(inbox.path, "key = \"now/{path}\"")
  }

  private func place(folder: String = "inbox", _ root: FolderRoot?) -> (name: String, key: String)? {
    var places = ServedPlaces(settings)
    let file = SettledFile(
      folder: folder, path: Fixture.path("a.pdf"),
      identity: FileIdentity(device: 1, inode: 1, size: 1, modified: 1, changed: 1),
      owner: 0, received: Fixture.wall, settled: Fixture.wall, evidence: .lease, discovery: .event, root: root)
    guard case .served(let folder, let root) = places.place(of: file) else { return nil }
    #expect(root.path == inbox.path)
    return (folder.name, folder.key.description)
  }

  @Test("the directory decides: its path, or that it is the very same; a name alone only where nothing else is known")
  func byDirectory() throws {
    let seen = try RootDirectory(inbox.path).seen()
    #expect(place(seen)?.name == "inbox")
    #expect(place(nil)?.name == "inbox")
    let before = FolderRoot(
      path: Array("/before".utf8), device: seen.device, inode: seen.inode, generation: seen.generation)
    #expect(place(before)?.name == "inbox", "moved")
    #expect(place(FolderRoot(path: Array("/before".utf8), device: seen.device, inode: seen.inode + 1)) == nil)
    #expect(place(folder: "other", nil) == nil)
  }

  @Test("a folder that took a file up keeps name and key for it, also where it is out of the configuration")
  func otherName() throws {
    let seen = try RootDirectory(inbox.path).seen()
    let unknown = try #require(place(folder: "former", seen))
    #expect(unknown == ("former", "now/{path}"))
    var settings = settings
    settings.terms["former"] = .init(key: "then/{path}", followUps: "")
    var places = ServedPlaces(settings)
    let file = SettledFile(
      folder: "former", path: Fixture.path("a.pdf"),
      identity: FileIdentity(device: 1, inode: 1, size: 1, modified: 1, changed: 1),
      owner: 0, received: Fixture.wall, settled: Fixture.wall, evidence: .lease, discovery: .event, root: seen)
    guard case .served(let folder, _) = places.place(of: file) else {
      Issue.record("not served")
      return
    }
    #expect(folder.key.description == "then/{path}")
  }
}
