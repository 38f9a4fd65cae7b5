import DeliveryModel
import FolderFeedback
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// A day's table after crashes, and after people.
struct ReceiptTableTests {
  private let inbox: TemporaryDirectory
  private let root: RootDirectory
  private let heading = Receipt.heading(.english)

  init() throws {
    inbox = try TemporaryDirectory()
    root = try RootDirectory(inbox.path)
  }

  private func receipt(_ content: UInt64, _ name: String = "a.pdf") -> Receipt {
    var delivery = Fixture.uploaded(Int64(content), name: name)
    delivery.prepared = Fixture.prepared(content)
    return Receipt(delivery, time: LocalMoment(Fixture.wall, offset: .seconds(3600)), language: .english)
  }

  private func line(_ content: UInt64) -> [UInt8] { receipt(content).line(in: .english) }

  private func add(_ contents: UInt64..., isKnown: Bool = false, language: Language = .english) throws {
    let place = try root.location(.root)
    let table = try ReceiptTable(place, day: "day", language: language, isKnown: isKnown)
    try table.add(contents.map { receipt($0) })
  }

  private func expect(_ bytes: [UInt8], _ comment: Comment? = nil) throws {
    let found = try inbox.read("day.csv")
    #expect(found == bytes, comment)
  }

  @Test("a table has its heading once and every record once, whoever asks again")
  func once() throws {
    try add(1, 1)
    try add(1, 2)
    try add(3, isKnown: true)
    try expect(heading + line(1) + line(2) + line(3))
  }

  @Test("wherever a write broke off, the lines are whole and none is twice or missing")
  func torn() throws {
    let whole = heading + line(1) + line(2)
    for length in 0...whole.count {
      try inbox.write(Array(whole[..<length]), to: "day.csv")
      try add(1, 2)
      try expect(whole, "broken off after \(length) bytes")
    }
  }

  @Test("a line that a person wrote without an end stays, and gets one", arguments: [false, true])
  func byHand(isKnown: Bool) throws {
    for note in ["checked, Anna", "\"2025-11-24T17:00:00+01:00\",\"b.pdf\"", "=1+1"] {
      let begun = heading + line(1) + Array(note.utf8)
      try inbox.write(begun, to: "day.csv")
      try add(2, isKnown: isKnown)
      try expect(begun + Array("\r\n".utf8) + line(2))
    }
  }

  @Test("a file that does not begin as a table of ours is somebody else's, and stays as it is")
  func withoutHeading() throws {
    try inbox.write("mine", to: "day.csv")
    for isKnown in [false, true] {
      let error = #expect(throws: SystemCallError.self) { try add(1, isKnown: isKnown) }
      #expect(error == .occupied(Fixture.path("_receipts/day.csv")))
    }
    try expect(Array("mine".utf8))
  }

  @Test("a table that somebody made larger than memory is told of, not read")
  func huge() throws {
    try inbox.write("", to: "day.csv")
    #expect(truncate(inbox.path + "/day.csv", 1 << 40) == 0)
    let error = #expect(throws: SystemCallError.self) { try add(1, isKnown: true) }
    #expect(error?.code == EFBIG)
  }

  @Test("a table goes on in the language that it was begun in")
  func language() throws {
    try add(1)
    try add(2, language: .italian)
    try expect(heading + line(1) + line(2))
  }
}
