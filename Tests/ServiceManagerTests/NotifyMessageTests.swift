import Testing

@testable import ServiceManager

@Suite struct NotifyMessageTests {
  @Test(
    "a name in the status forges no assignment and no control sequence",
    arguments: [
      ("a\nMAINPID=1\nWATCHDOG=trigger", "a\\nMAINPID=1\\nWATCHDOG=trigger"),
      ("a\r\u{0}b", "a\\r\\x00b"),
      ("\u{1b}[2Jgone", "\\x1b[2Jgone"),
      ("line\u{2028}line\u{85}", "line\\u{2028}line\\u{85}"),
      ("fdp.\u{202e}exe", "fdp.\\u{202e}exe"),
      ("already \\n escaped \\x1b", "already \\n escaped \\x1b"),
      ("perché è così.pdf", "perché è così.pdf"),
    ])
  func hostile(text: String, sent: String) {
    #expect(NotifyMessage.status(text).text == "STATUS=" + sent)
    #expect(NotifyMessage.ready(status: text).text == "READY=1\nSTATUS=" + sent)
    #expect(NotifyMessage.stopping(status: text).text == "STOPPING=1\nSTATUS=" + sent)
  }

  @Test("a long status is cut to 512 bytes between two characters", arguments: 0..<4)
  func cut(offset: Int) {
    let text = String(repeating: "x", count: offset) + String(repeating: "\u{1f4c4}", count: 200)
    let status = NotifyMessage.status(text).text.dropFirst("STATUS=".count)
    #expect(status.utf8.count <= NotifyMessage.longestStatus)
    #expect(status.utf8.count > NotifyMessage.longestStatus - 4)
    #expect(status.hasSuffix("\u{1f4c4}…"))
  }

  @Test("a status of exactly 512 bytes is whole")
  func exact() {
    let text = String(repeating: "x", count: NotifyMessage.longestStatus)
    #expect(NotifyMessage.status(text).text == "STATUS=" + text)
  }

  @Test("a negative extension is none")
  func extension_() {
    #expect(NotifyMessage.extendTimeout(by: .seconds(-1)).text == "EXTEND_TIMEOUT_USEC=0")
  }
}
