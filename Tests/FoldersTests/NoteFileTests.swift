import DeliveryModel
import FaultSupport
import FolderFeedback
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// The note beside a refused file, beside files of other people.
struct NoteFileTests {
  private let inbox: TemporaryDirectory
  private let root: RootDirectory
  private let plain = "_rejected/a.pdf.REASON.txt"
  private let numbered = "_rejected/a.pdf.REASON (2).txt"

  init() throws {
    inbox = try TemporaryDirectory()
    try inbox.makeDirectory("_rejected")
    root = try RootDirectory(inbox.path)
  }

  private func desk(_ reason: Finding.Code = .tooLarge) -> NoteFile {
    var delivery = Fixture.delivery()
    delivery.prepared = Fixture.prepared()
    delivery.verdict = Verdict(decision: .rejected, findings: [Finding(reason, ["9", "5"])], reason: "")
    return NoteFile(delivery: delivery, target: Fixture.path("_rejected/a.pdf"), root: root)
  }

  /// What stands beside the note.
  private var names: [String] {
    get throws {
      var names: [String] = []
      let reader = try root.openDirectory(Fixture.path("_rejected"))
      while let entries = try reader.next() { names += entries.map { String(decoding: $0.name, as: UTF8.self) } }
      return names.sorted()
    }
  }

  @Test("a file that somebody else put in the note's place is not touched, and a second attempt adds nothing")
  func taken() throws {
    try inbox.write("by hand", to: plain)
    for language in [Language.english, .english, .italian] { try desk().write(in: language) }
    #expect(try inbox.read(plain) == Array("by hand".utf8))
    #expect(String(decoding: try inbox.read(numbered), as: UTF8.self).contains("not accepted"))
    #expect(try names == ["a.pdf.REASON (2).txt", "a.pdf.REASON.txt"])
  }

  @Test("what bears the name of an unfinished note is not touched: it may be anybody's")
  func link() throws {
    try inbox.write("precious", to: "other.pdf")
    Glibc.link(inbox.path + "/other.pdf", inbox.path + "/_rejected/.s3loggerd.new")
    #expect(mkfifo(inbox.path + "/_rejected/a.pdf.REASON.txt.new", 0o666) == 0)
    try desk().write(in: .english)
    #expect(try inbox.read("other.pdf") == Array("precious".utf8))
    #expect(try names == [".s3loggerd.new", "a.pdf.REASON.txt", "a.pdf.REASON.txt.new"])
  }

  @Test("the note goes once its file is taken back, in whichever language it is", arguments: Language.allCases)
  func removed(language: Language) throws {
    try inbox.write("refused", to: "_rejected/a.pdf")
    try desk().write(in: language)
    #expect(try desk().remove() == .stays)
    try inbox.remove("_rejected/a.pdf")
    #expect(try desk().remove() == .removed)
    #expect(try names == [])
    #expect(try desk().remove() == .none)
  }

  @Test("the note that had to take a number goes, and what stands in its way stays")
  func removedBeside() throws {
    try inbox.write("by hand", to: plain)
    try desk().write(in: .english)
    #expect(try desk().remove() == .removed)
    #expect(try names == ["a.pdf.REASON.txt"])
  }

  @Test("a note that somebody wrote into, or that tells of another refusal, is not ours to remove")
  func changed() throws {
    try desk(.tooSmall).write(in: .english)
    #expect(try desk().remove() == .none)
    try inbox.remove(plain)
    try desk().write(in: .english)
    try inbox.write(try inbox.read(plain) + Array("seen, Anna".utf8), to: plain)
    #expect(try desk().remove() == .none)
    #expect(try names == ["a.pdf.REASON.txt"])
  }

  @Test("where the file system cannot rename without replacing, the note is written all the same, over nothing")
  func reserving() throws {
    try inbox.write("by hand", to: plain)
    for _ in 1...2 { try CallFaults.withoutNoReplace { try desk().write(in: .english) } }
    #expect(try inbox.read(plain) == Array("by hand".utf8))
    #expect(String(decoding: try inbox.read(numbered), as: UTF8.self).contains("not accepted"))
    #expect(try names == ["a.pdf.REASON (2).txt", "a.pdf.REASON.txt"])
  }
}
