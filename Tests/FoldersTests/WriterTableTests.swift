import DeliveryModel
import Testing

@testable import Folders

/// Who wrote a file last, by what was told; nobody where that is not certain.
struct WriterTableTests {
  private var table = WriterTable()
  private let contract = "/srv/inbox/contract.pdf"

  private mutating func take(_ who: String, _ text: String, at second: Int64) throws {
    let line = try #require(SambaAuditLine(Array("\(who)|192.0.2.7|inbox|\(text)".utf8)))
    table.take(line, at: Timestamp(milliseconds: second * 1000))
  }

  /// `changed` is the file's ctime, in seconds.
  private func writer(_ path: String, changed: Int64) -> String? {
    table.writer(of: Array(path.utf8), changed: changed * 1_000_000_000)?.user
  }

  @Test("the one who overwrote a file in place is its saver, the first one no longer")
  mutating func overwritten() throws {
    try take("anna", "create_file|ok|0x12019f|file|overwrite_if|\(contract)", at: 100)
    #expect(writer(contract, changed: 100) == "anna")
    try take("bruno", "pwrite_recv|ok|\(contract)", at: 200)
    #expect(writer(contract, changed: 201) == "bruno")
    #expect(writer("/srv/inbox/other.pdf", changed: 100) == nil)
  }

  @Test("a file that changed after all that was reported of it has no known saver")
  mutating func changedSince() throws {
    try take("anna", "pwrite_recv|ok|\(contract)", at: 100)
    #expect(writer(contract, changed: 106) == nil)
    try take("anna", "close|ok|\(contract)", at: 130)
    #expect(writer(contract, changed: 130) == "anna")
    // Reading it much later, or by somebody else, proves nothing of a change in between.
    try take("anna", "close|ok|\(contract)", at: 1000)
    try take("bruno", "close|ok|\(contract)", at: 140)
    #expect(writer(contract, changed: 900) == nil && writer(contract, changed: 140) == nil)
  }

  @Test("somebody else's opening for writing makes it doubtful, unless the share tells of each write")
  mutating func doubtful() throws {
    try take("anna", "create_file|ok|0x12019f|file|create|\(contract)", at: 100)
    try take("bruno", "create_file|ok|0x12019f|file|open|\(contract)", at: 101)
    #expect(writer(contract, changed: 100) == nil)
    try take("anna", "pwrite_recv|ok|\(contract)", at: 102)
    try take("bruno", "create_file|ok|0x12019f|file|open|\(contract)", at: 103)
    #expect(writer(contract, changed: 102) == "anna")
  }

  @Test("what is renamed keeps its writer, with all that is in it; what is removed has none")
  mutating func renamed() throws {
    try take("anna", "pwrite_recv|ok|/srv/inbox/new/a.tmp", at: 100)
    try take("bruno", "renameat|ok|/srv/inbox/new/a.tmp|/srv/inbox/new/a.pdf", at: 110)
    #expect(
      writer("/srv/inbox/new/a.pdf", changed: 110) == "anna" && writer("/srv/inbox/new/a.tmp", changed: 100) == nil)
    try take("bruno", "renameat|ok|/srv/inbox/new|/srv/inbox/case", at: 120)
    #expect(writer("/srv/inbox/case/a.pdf", changed: 110) == "anna")
    try take("bruno", "renameat|ok|/srv/inbox/unknown|/srv/inbox/b.pdf", at: 130)
    #expect(writer("/srv/inbox/b.pdf", changed: 130) == "bruno")
    try take("bruno", "unlinkat|ok|/srv/inbox/b.pdf", at: 131)
    #expect(writer("/srv/inbox/b.pdf", changed: 130) == nil)
  }

  @Test("where lines are missing, nothing is known; and it never grows beyond its bounds")
  mutating func bounded() throws {
    table = WriterTable(limit: (entries: 100, bytes: 10_000))
    for number in 0..<1000 { try take("anna", "pwrite_recv|ok|/srv/inbox/\(number)", at: Int64(number)) }
    #expect(writer("/srv/inbox/999", changed: 999) == "anna" && writer("/srv/inbox/0", changed: 0) == nil)
    #expect((0..<1000).count { writer("/srv/inbox/\($0)", changed: 0) != nil } <= 100)
    table.forget()
    #expect(writer("/srv/inbox/999", changed: 999) == nil)
  }
}
