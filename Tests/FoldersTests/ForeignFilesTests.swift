import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("Files of others in places of the daemon's own")
struct ForeignFilesTests {
  /// Knows what it was shown, by the paths that files may have come from.
  private final class Journal: KnownFiles {
    let moved = Mutex<[RelativePath: FileIdentity]>([:])
    let refused = Mutex<Set<RelativePath>>([])
    let asked = Mutex<Int>(0)
    let places: [OwnPlace]

    init(_ places: [OwnPlace]) { self.places = places }

    func known(in directory: RelativePath, folder: String) -> [[UInt8]: KnownFile] { [:] }
    func ownPlaces(in root: FolderRoot) -> [OwnPlace] { places }
    func knownSince() -> Timestamp { Timestamp(milliseconds: 0) }

    func areKnown(_ files: [PlacedFile], folder: String) -> [Bool] {
      asked.withLock { $0 += files.count }
      return files.map { file in
        switch file.origins {
        case .file(let paths):
          moved.withLock { moved in
            paths.contains { moved[$0]?.inode == file.identity.inode && moved[$0]?.size == file.identity.size }
          }
        case .note(let paths): refused.withLock { !$0.isDisjoint(with: paths) }
        }
      }
    }

    func move(_ origin: String, to path: String) {
      var status = stat()
      stat(path, &status)
      moved.withLock {
        $0[Fixture.path(origin)] = FileIdentity(
          device: 0, inode: UInt64(status.st_ino), size: Int64(status.st_size), modified: 0, changed: 0)
      }
    }
  }

  private let journal = Journal([
    OwnPlace(.sent, Fixture.path("_sent")), OwnPlace(.rejected, Fixture.path("_rejected")),
    OwnPlace(.receipts, Fixture.path("_receipts")),
  ])

  private func look(_ folder: SteppedFolder) {
    folder.watcher.scans.requestWhole(.rescan)
    folder.scan()
    finishLook(folder)
  }

  private func finishLook(_ folder: SteppedFolder) {
    let late = folder.watcher
    while late.placeSurvey.isUnderWay { late.placeStep(at: .now) }
  }

  private func named(_ folder: SteppedFolder) -> [String] {
    folder.watcher.publish(at: .now).leftovers.map(\.path.escaped)
  }

  /// All of them are 40 minutes old by the folder's clock.
  private func folder(_ prepare: (TemporaryDirectory) throws -> Void) throws -> SteppedFolder {
    let folder = try SteppedFolder(known: journal, ahead: .seconds(2400), history: .seconds(86_400), prepare: prepare)
    finishLook(folder)
    return folder
  }

  @Test("what the journal does not know is named, what it knows and what the daemon writes is not")
  func named() throws {
    let folder = try folder { directory in
      for name in [
        "_sent/2026-11-23/HR/letter (2).pdf", "_sent/2026-11-23/ours.pdf", "_sent/contract.pdf",
        "_sent/2026-11-23/x.pdf", "_rejected/HR/bad.exe", "_rejected/HR/bad.exe.REASON.txt",
        "_rejected/mine.REASON.txt", "_rejected/.DS_Store",
        "_receipts/2026-11-23.csv", "_receipts/sums.csv",
      ] {
        try directory.makeDirectory(Fixture.path(name).directory.escaped)
        try directory.write("content", to: name)
      }
      journal.move("HR/letter.pdf", to: directory.path + "/_sent/2026-11-23/HR/letter (2).pdf")
      journal.move("ours.pdf", to: directory.path + "/_sent/2026-11-23/ours.pdf")
      journal.move("HR/bad.exe", to: directory.path + "/_rejected/HR/bad.exe")
      // Of this name, and not this file.
      journal.move("x.pdf", to: directory.path + "/_sent/2026-11-23/ours.pdf")
      journal.refused.withLock { $0 = [Fixture.path("HR/bad.exe")] }
    }
    #expect(
      named(folder) == [
        "_receipts/sums.csv", "_rejected/mine.REASON.txt", "_sent/2026-11-23/x.pdf", "_sent/contract.pdf",
      ])
    let rule = folder.watcher.foreign.list().last?.rule
    #expect(rule?.pattern == "_sent/" && rule?.reason.contains("Move it into the folder itself") == true)
    #expect(folder.watcher.tracker.count == 0, "nothing is taken")
  }

  @Test("one that is taken out or goes is named no more; directories that did not change are not asked about again")
  func changes() throws {
    let folder = try folder { directory in
      try directory.makeDirectory("_sent")
      for name in ["a.pdf", "b.pdf"] { try directory.write("content", to: "_sent/" + name) }
    }
    #expect(named(folder) == ["_sent/a.pdf", "_sent/b.pdf"] && journal.asked.withLock { $0 } == 2)
    folder.clock.advance(.seconds(3600))
    look(folder)
    // Once more what may not have been at rest, then no more.
    folder.clock.advance(.seconds(3600))
    let before = journal.asked.withLock { $0 }
    look(folder)
    #expect(named(folder) == ["_sent/a.pdf", "_sent/b.pdf"] && journal.asked.withLock { $0 } == before)
    try folder.directory.remove("_sent/a.pdf")
    look(folder)
    #expect(named(folder) == ["_sent/b.pdf"])
  }

  @Test("a file that may still be written to is no leftover yet")
  func young() throws {
    let folder = try SteppedFolder(known: journal, ahead: .seconds(60), history: .seconds(86_400)) { directory in
      try directory.makeDirectory("_sent")
      try directory.write("content", to: "_sent/a.pdf")
    }
    finishLook(folder)
    #expect(named(folder).isEmpty)
    folder.clock.advance(.seconds(1800))
    look(folder)
    #expect(named(folder) == ["_sent/a.pdf"])
  }

  @Test("the place that a file came from is found, whatever the date's form and the number")
  func origins() {
    func origins(_ path: String, in place: String) -> [String] {
      guard case .file(let paths)? = PlacedPaths.origins(of: Fixture.path(path), in: Fixture.path(place)) else {
        return []
      }
      return paths.map(\.escaped)
    }
    #expect(origins("_sent/2026-11-23/HR/a.pdf", in: "_sent").first == "HR/a.pdf")
    #expect(origins("_sent/2026/11/23/HR/a (3).pdf", in: "_sent").contains("HR/a.pdf"))
    #expect(origins("_sent/2026-11-23/HR (2)/a.pdf", in: "_sent").contains("HR/a.pdf"))
    #expect(origins("_rejected/HR/a.pdf", in: "_rejected").contains("HR/a.pdf"))
    #expect(origins("_sent/a.pdf", in: "_sent") == ["a.pdf"])
    for name in ["a (b).pdf", "(2).pdf", "a ().pdf", "a(2).pdf"] {
      #expect(PlacedPaths.unnumbered(Array(name.utf8)) == nil, "\(name)")
    }
    #expect(PlacedPaths.unnumbered(Array("a (2)".utf8)) == Array("a".utf8))
  }
}
