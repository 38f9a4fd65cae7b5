import DeliveryModel
import Testing

@testable import Folders

/// Lines of Samba 4.17, and what people who choose names make of them.
struct SambaAuditLineTests {
  private func line(_ text: String) -> SambaAuditLine? { SambaAuditLine(Array(text.utf8)) }
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test("what a client did to a file is read, whatever its name is")
  func actions() {
    let name = "/srv/inbox/a|pwrite|ok|/srv/b\n|ok|.pdf "
    let expected: [(String, SambaAuditLine.Action)] = [
      ("create_file|ok|0x12019f|file|overwrite_if|\(name)", .wrote(bytes(name))),
      ("create_file|ok|0x12019f|file|open|\(name)", .openedForWriting(bytes(name))),
      ("create_file|ok|0x2000000|file|open_if|\(name)", .openedForWriting(bytes(name))),
      ("pwrite_recv|ok|\(name)", .wrote(bytes(name))), ("ftruncate|ok|\(name)", .wrote(bytes(name))),
      ("close|ok|\(name)", .touched(bytes(name))), ("unlinkat|ok|\(name)", .removed(bytes(name))),
      ("fntimes|ok|\(name)|Thu Jan  1 00:00:01 1970 UTC|b|c|d", .touched(bytes(name))),
      ("renameat|ok|/srv/inbox/a|/srv/inbox/b", .renamed(from: bytes("/srv/inbox/a"), to: bytes("/srv/inbox/b"))),
    ]
    for (text, action) in expected {
      let line = line("anna|192.0.2.7|inbox|" + text)
      #expect(line?.action == action, "\(text)")
      #expect(line?.user == "anna" && line?.address == "192.0.2.7")
    }
    #expect(line("OFFICE\\anna|fe80::1%eth0|inbox|close|ok|/a")?.user == "OFFICE\\anna")
  }

  @Test("a line of reading, of a failure, of a directory, or of something else tells nothing")
  func nothing() {
    for text in [
      "create_file|ok|0x120089|file|open|/srv/inbox/a", "create_file|ok|0x12019f|dir|create|/srv/inbox/a",
      "create_file|fail (Permission denied)|0x12019f|file|overwrite_if|/srv/inbox/a", "openat|ok|r|/srv/inbox/a",
      "pwrite_recv|ok|relative", "pwrite_recv|ok|", "fntimes|ok|/srv/inbox/a|b|c|d", "connect|ok|inbox",
    ] {
      #expect(line("anna|192.0.2.7|inbox|" + text) == nil, "\(text)")
    }
    for text in [
      "", "||||||", "an\nna|192.0.2.7|inbox|close|ok|/a", "|192.0.2.7|inbox|close|ok|/a",
      "anna|a host|inbox|close|ok|/a",
      "anna|192.0.2.7|close|ok|/a", "\u{202e}anna|192.0.2.7|inbox|close|ok|/a",
    ] {
      #expect(line(text) == nil, "\(text)")
    }
    #expect(SambaAuditLine([0xff] + bytes("|192.0.2.7|inbox|close|ok|/a")) == nil)
  }

  @Test("a new name with the separator in it cannot pass for another file's")
  func forgedName() {
    let forged = line("bruno|192.0.2.8|inbox|renameat|ok|/srv/inbox/x|/srv/inbox/a|/srv/inbox/contract.pdf")
    var table = WriterTable()
    let moment = Timestamp(milliseconds: 1_000_000)
    if let saved = line("anna|192.0.2.7|inbox|pwrite_recv|ok|/srv/inbox/contract.pdf") { table.take(saved, at: moment) }
    #expect(table.writer(of: bytes("/srv/inbox/contract.pdf"), changed: 1_000_000_000_000)?.user == "anna")
    if let forged { table.take(forged, at: moment) }
    #expect(table.writer(of: bytes("/srv/inbox/contract.pdf"), changed: 1_000_000_000_000) == nil)
  }
}
