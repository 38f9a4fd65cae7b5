import DeliveryModel
import TestSupport
import Testing

@testable import DeliveryJournal

@Suite("Whose a file in a place of the daemon's own is")
struct PlacedFilesTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  @Test("one that was delivered from one of the paths, as it was then, however often the path was delivered since")
  func known() async throws {
    let journal = try directory.journal()
    _ = try await journal.deliver(settled("HR/a.pdf", inode: 7))
    _ = try await journal.deliver(settled("HR/a.pdf", inode: 8))
    func isKnown(_ paths: [String], _ identity: FileIdentity, folder: String = "inbox") throws -> Bool? {
      try journal.areKnown([PlacedFile(origins: .file(paths.map(path)), identity: identity)], folder: folder).first
    }
    #expect(try isKnown(["b.pdf", "HR/a.pdf"], identity(7)) == true && isKnown(["HR/a.pdf"], identity(8)) == true)
    #expect(try isKnown(["HR/a.pdf"], identity(9)) == false && isKnown(["a.pdf"], identity(7)) == false)
    #expect(try isKnown(["HR/a.pdf"], identity(7), folder: "other") == false && isKnown([], identity(7)) == false)
    let was = identity(7)
    func now(size: Int64) -> FileIdentity {
      FileIdentity(
        device: 5, inode: was.inode, size: size, modified: was.modified, changed: 9)
    }
    #expect(try isKnown(["HR/a.pdf"], now(size: was.size)) == true)
    #expect(try isKnown(["HR/a.pdf"], now(size: was.size + 1)) == false)
    #expect(try isKnown(["HR/a.pdf"], identity(0)) == true, "where inode numbers say nothing")
  }

  @Test("a note only where a file of that path was refused")
  func notes() async throws {
    let journal = try directory.journal()
    _ = try await journal.deliver(settled("a.pdf"))
    let refused = try await journal.deliver(settled("b.pdf"))
    try journal.writer.inDatabase {
      try $0.run("UPDATE delivery SET verdict = 'rejected' WHERE number = ?", [.integer(refused)])
    }
    let notes = ["a.pdf", "b.pdf"].map { PlacedFile(origins: .note([path($0)]), identity: identity(1)) }
    #expect(try journal.areKnown(notes, folder: "inbox") == [false, true])
  }

  @Test("since when everything is known: since there is this journal, or since its history was shortened")
  func since() async throws {
    let journal = try directory.journal()
    #expect(try await journal.created() == journal.knownSince())
    let later = try journal.knownSince() + .seconds(3600)
    try await journal.noteHistory(since: later)
    #expect(try journal.knownSince() == later)
  }
}
