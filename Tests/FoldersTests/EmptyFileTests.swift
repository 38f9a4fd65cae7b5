import DeliveryModel
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("Empty files")
struct EmptyFileTests {
  private func path(_ name: String) -> RelativePath { RelativePath(unchecked: Array(name.utf8)) }

  private func settled(_ folder: SteppedFolder, after seconds: Int) -> [String] {
    // Two looks: half the window after an event, and at its end.
    for moment in [seconds - 5, seconds] { folder.watcher.settleDue(at: .now + .seconds(moment)) }
    return folder.watcher.settled.map(\.path.escaped)
  }

  @Test("an empty file is held for a minute, one with content for the window")
  func held() throws {
    let folder = try SteppedFolder()
    for (name, content) in [("empty.txt", ""), ("full.txt", "full")] { try folder.directory.write(content, to: name) }
    folder.takeEvents()
    #expect(settled(folder, after: 50) == ["full.txt"])
    #expect(settled(folder, after: 70) == ["full.txt", "empty.txt"])
  }

  @Test("at the start of the daemon one that had rested for a minute is at rest, a younger one is held")
  func start() throws {
    let old = try SteppedFolder(ahead: .seconds(61)) { try $0.write("", to: "empty.txt") }
    #expect(old.watcher.settled.map(\.path.escaped) == ["empty.txt"])
    let young = try SteppedFolder(ahead: .seconds(50)) { try $0.write("", to: "empty.txt") }
    #expect(young.watcher.settled.isEmpty)
    #expect(settled(young, after: 12) == ["empty.txt"], "a minute from its last change, not from the scan")
  }

  @Test(
    "while a program fills a file that will take its place it waits, up to the end of that file",
    arguments: [
      ("contract.pdf", "contract.pdf.part"), ("contract.pdf", "contract.k3jyv.pdf.part"),
      ("contract.pdf", "contract.pdf.crdownload"), ("contract.pdf", "Unconfirmed 4711.crdownload"),
      ("contract.pdf", "k3JyV9aB.pdf.part"), ("film.mkv", ".film.mkv.Ab12Cd"), ("film.mkv", "film.mkv.filepart"),
      ("ver\u{202e}x.pdf", "ver\u{202e}x.pdf.part"), ("noextension", "noextension.part"),
    ])
  func partner(name: String, partner: String) throws {
    let folder = try SteppedFolder()
    try folder.directory.write("", to: name)
    try folder.directory.write("half of", to: partner)
    folder.takeEvents()
    #expect(settled(folder, after: 70) == [])
    #expect(settled(folder, after: 7000) == [])
    try folder.directory.remove(partner)
    #expect(settled(folder, after: 7100).count == 1)
  }

  @Test(
    "what does not belong to it holds it not",
    arguments: [
      ("contract.pdf", "other.doc.part"), ("contract.pdf", "contract.pdf"), ("contract.pdf", "~$contract.pdf"),
      ("contract.pdf", "contract.pdf.dwl"), ("contract.pdf", "other.pdf"),
    ])
  func stranger(name: String, other: String) throws {
    let folder = try SteppedFolder()
    try folder.directory.write("", to: name)
    if other != name { try folder.directory.write("x", to: other) }
    folder.takeEvents()
    #expect(settled(folder, after: 70).contains(name))
  }

  @Test("the file that takes its place is delivered as it is, at once")
  func replaced() throws {
    let folder = try SteppedFolder()
    try folder.directory.write("", to: "contract.pdf")
    try folder.directory.write("whole", to: "contract.pdf.part")
    folder.takeEvents()
    rename(folder.directory.path + "/contract.pdf.part", folder.directory.path + "/contract.pdf")
    folder.takeEvents()
    #expect(settled(folder, after: 12) == ["contract.pdf"])
    #expect(folder.watcher.settled.first?.identity.size == 5)
  }

  @Test("many empty files in one directory list it once")
  func many() throws {
    let folder = try SteppedFolder { directory in for number in 0..<300 { try directory.write("", to: "\(number)") } }
    let before = folder.beats
    folder.watcher.settleDue(at: .now + .seconds(70))
    #expect(folder.beats - before < 700)
    // A child that another test starts may hold one of them for a moment.
    folder.watcher.settleDue(at: .now + .seconds(80))
    #expect(folder.watcher.settled.count == 300)
  }
}
