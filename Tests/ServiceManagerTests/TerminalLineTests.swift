import DeliveryModel
import Logging
import TestSupport
import Testing

@testable import ServiceManager

@Suite struct TerminalLineTests {
  // 2026-11-23T10:42:07.987Z
  private let time = Timestamp(milliseconds: 1_795_430_527_987)

  @Test("a line has time, level, message and fields in the order of their keys")
  func golden() {
    let record = LogRecord(
      level: .warning, message: "Parked a file",
      metadata: [
        LogKey.path: "a b.pdf", LogKey.folder: "inbox", LogKey.number: "7",
        LogKey.messageID: MessageID.parked.metadataValue,
      ])
    #expect(line(record) == "2026-11-23T10:42:07Z WARN Parked a file folder=inbox number=7 path=\"a b.pdf\"\n")
    #expect(line(record, .prefixed) == "<4>Parked a file folder=inbox number=7 path=\"a b.pdf\"\n")
    #expect(
      line(record, .coloured)
        == "2026-11-23T10:42:07Z \u{1b}[33mWARN\u{1b}[0m Parked a file folder=inbox number=7 path=\"a b.pdf\"\n")
  }

  @Test("each level has its word")
  func levels() {
    let words = Logger.Level.allCases.map { line(LogRecord(level: $0, message: "m")).split(separator: " ")[1] }
    #expect(words == ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "CRITICAL"])
  }

  @Test("whatever a value is, the line has the same fields")
  func everyValue() throws {
    for value in HostileText.samples(2000, seed: 16) where !value.isEmpty {
      let record = LogRecord(level: .info, message: "m", metadata: [LogKey.path: "\(value)", "zone": "z"])
      let line = TerminalLine.format(record, at: time, style: .plain)
      #expect(line.split(separator: 10, omittingEmptySubsequences: false).count == 2, "\(value.utf8)")
      // Quotation marks come in pairs, and what is outside them are the two fields.
      let pieces = line.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
      #expect(pieces.count == 1 || pieces.count == 3, "\(value.utf8)")
      let outside = pieces.enumerated().filter { $0.offset.isMultiple(of: 2) }.flatMap(\.element)
      #expect(outside.count { $0 == UInt8(ascii: "=") } == 2, "\(value.utf8)")
    }
  }

  @Test(
    "a value breaks no line and forges no field",
    arguments: [
      ("a\n<0>2026 ERROR gone", "\"a\\n<0>2026 ERROR gone\""),
      ("x\" state=\"logged", "\"x\\x22 state=\\x22logged\""),
      ("state=logged", "\"state=logged\""),
      ("\u{1b}]0;t\u{7}", "\\x1b]0;t\\x07"),
      ("\u{202e}fdp", "\\u{202e}fdp"),
      ("è", "è"),
    ])
  func hostile(value: String, shown: String) {
    let record = LogRecord(level: .info, message: "m", metadata: [LogKey.path: "\(value)"])
    #expect(line(record) == "2026-11-23T10:42:07Z INFO m path=\(shown)\n")
  }

  @Test("a message breaks no line, nor does a key")
  func hostileMessage() {
    let record = LogRecord(level: .info, message: "a\nb", metadata: ["k\nl": "v"])
    #expect(line(record, .prefixed) == "<6>a\\nb k\\nl=v\n")
  }

  @Test("the longest line fits a pipe in one piece and still ends")
  func long() {
    let record = LogRecord(level: .info, message: "m", metadata: ["v": "\(String(repeating: "è", count: 9000))"])
    let bytes = TerminalLine.format(record, at: time, style: .plain)
    #expect(bytes.count <= 4096 && bytes.count > 4092)
    #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("è…\n"))
  }

  private func line(_ record: LogRecord, _ style: TerminalLine.Style = .plain) -> String {
    String(decoding: TerminalLine.format(record, at: time, style: style), as: UTF8.self)
  }
}
