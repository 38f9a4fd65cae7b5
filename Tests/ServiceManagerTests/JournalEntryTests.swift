import Logging
import TestSupport
import Testing

@testable import ServiceManager

@Suite struct JournalEntryTests {
  @Test("an entry has message, priority, identifier, message id and the metadata as fields")
  func fields() {
    let record = LogRecord(
      level: .warning, message: "Parked",
      metadata: [
        LogKey.folder: "inbox", LogKey.path: "a b=c.pdf", LogKey.objectKey: "inbox/a b=c.pdf", LogKey.number: "7",
        LogKey.deliveryID: "0d9b", LogKey.state: "parked", LogKey.code: "key-too-long",
        LogKey.messageID: MessageID.parked.metadataValue,
      ])
    #expect(
      text(record) == """
        MESSAGE=Parked
        PRIORITY=4
        SYSLOG_IDENTIFIER=s3loggerd
        MESSAGE_ID=\(MessageID.parked.rawValue)
        S3LOGGERD_CODE=key-too-long
        S3LOGGERD_DELIVERY_ID=0d9b
        S3LOGGERD_FOLDER=inbox
        S3LOGGERD_NUMBER=7
        S3LOGGERD_OBJECT_KEY=inbox/a b=c.pdf
        S3LOGGERD_PATH=a b=c.pdf
        S3LOGGERD_STATE=parked

        """)
  }

  @Test("a value with a newline is written with its length and begins no field")
  func newline() {
    let record = LogRecord(level: .info, message: "m", metadata: [LogKey.path: "a\nPRIORITY=0\nb"])
    let length: [UInt8] = [14, 0, 0, 0, 0, 0, 0, 0]
    let expected = Array("S3LOGGERD_PATH\n".utf8) + length + Array("a\nPRIORITY=0\nb\n".utf8)
    #expect(Array(JournalEntry.encode(record, identifier: "x").suffix(expected.count)) == expected)
  }

  @Test("whatever a value is, journald reads it as the value of its field")
  func everyValue() throws {
    for value in HostileText.samples(2000, seed: 17) where !value.isEmpty {
      let record = LogRecord(level: .info, message: "m", metadata: [LogKey.path: "\(value)"])
      var rest = JournalEntry.encode(record, identifier: "x")[...]
      var fields: [String: [UInt8]] = [:]
      while let end = rest.firstIndex(of: 10) {
        let line = rest[..<end]
        rest = rest[(end + 1)...]
        if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
          fields[String(decoding: line[..<equals], as: UTF8.self)] = Array(line[(equals + 1)...])
        } else {
          let count = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
          fields[String(decoding: line, as: UTF8.self)] = Array(rest.dropFirst(8).prefix(count))
          rest = rest.dropFirst(8 + count + 1)
        }
      }
      #expect(rest.isEmpty && fields.count == 4, "\(value.utf8)")
      #expect(fields["S3LOGGERD_PATH"] == Array(value.utf8), "\(value.utf8)")
    }
  }

  @Test("a message stays on one line and within bounds")
  func message() {
    let record = LogRecord(level: .info, message: "a\nPRIORITY=0\u{1b}[2J" + String(repeating: "x", count: 9000))
    let first = text(record).split(separator: "\n").first ?? ""
    #expect(first.hasPrefix("MESSAGE=a\\nPRIORITY=0\\x1b[2Jxxx"))
    #expect(first.utf8.count <= 2048 + "MESSAGE=".utf8.count)
  }

  @Test(
    "a key becomes a name that journald takes",
    arguments: [
      ("object_key", "S3LOGGERD_OBJECT_KEY"), ("HTTP-Status.2", "S3LOGGERD_HTTP_STATUS_2"),
      ("a=b\nc", "S3LOGGERD_A_B_C"),
      ("é", "S3LOGGERD___"),
    ])
  func names(key: String, name: String) {
    #expect(JournalEntry.name(of: key) == name)
  }

  @Test("a name is at most 64 bytes, a value at most 8192")
  func bounds() {
    #expect(JournalEntry.name(of: String(repeating: "k", count: 100)).utf8.count == 64)
    let record = LogRecord(level: .info, message: "m", metadata: ["v": "\(String(repeating: "è", count: 9000))"])
    let value = text(record).split(separator: "\n").last?.dropFirst("S3LOGGERD_V=".count) ?? ""
    #expect(value.utf8.count <= 8192 && value.utf8.count > 8188)
  }

  @Test("an empty value is left out, and a message id that is none stays an ordinary field")
  func oddities() {
    let record = LogRecord(level: .info, message: "m", metadata: ["path": "", LogKey.messageID: "delivered"])
    #expect(text(record).hasSuffix("SYSLOG_IDENTIFIER=s3loggerd\nS3LOGGERD_MESSAGE_ID=delivered\n"))
  }

  @Test("each level has its syslog priority")
  func priorities() {
    let priorities = Logger.Level.allCases.map { LogRecord(level: $0, message: "").priority }
    #expect(priorities == [7, 7, 6, 5, 4, 3, 2])
  }

  private func text(_ record: LogRecord) -> String {
    String(decoding: JournalEntry.encode(record, identifier: "s3loggerd"), as: UTF8.self)
  }
}
