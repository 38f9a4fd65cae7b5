import DeliveryModel
import Glibc
import Logging
import Testing

@testable import ServiceManager

@Suite struct JournalSinkTests {
  private let record = LogRecord(level: .error, message: "No such bucket", metadata: [LogKey.code: "NoSuchBucket"])

  @Test("a record becomes one datagram to journald")
  func sends() throws {
    try withTemporaryDirectory { directory in
      let journald = try DatagramListener(path: directory + "/journal")
      let standardError = try Pipe()
      sink(directory + "/journal", standardError).write(record)
      #expect(try journald.receive() == JournalEntry.encode(record, identifier: "test"))
      #expect(standardError.drain() == "")
    }
  }

  @Test("without journald the record becomes a line with its priority, and with journald back it goes there again")
  func fallsBack() throws {
    try withTemporaryDirectory { directory in
      let standardError = try Pipe()
      let sink = sink(directory + "/journal", standardError)
      sink.write(record)
      #expect(standardError.drain() == "<3>No such bucket code=NoSuchBucket\n")
      let journald = try DatagramListener(path: directory + "/journal")
      sink.write(record)
      #expect(try journald.receive() == JournalEntry.encode(record, identifier: "test"))
      #expect(standardError.drain() == "")
    }
  }

  @Test("a journald that does not read stops nobody, and gets entries again when it reads")
  func stalls() throws {
    try withTemporaryDirectory { directory in
      let journald = try DatagramListener(path: directory + "/journal")
      let socket = JournalSocket(path: directory + "/journal", patience: .milliseconds(1))
      let entry = JournalEntry.encode(record, identifier: "test")
      let accepted = (0..<100_000).first { _ in !socket.send(entry) }
      #expect(accepted != nil)
      #expect(!socket.send(entry))
      while !journald.isEmpty { _ = try journald.receive() }
      #expect(socket.send(entry))
      #expect(try journald.receive() == entry)
    }
  }

  private func sink(_ path: String, _ standardError: Pipe) -> JournalSink {
    JournalSink(
      identifier: "test", socket: JournalSocket(path: path),
      fallback: TerminalSink(
        writer: LineWriter(descriptor: standardError.writing), style: .prefixed,
        now: { Timestamp(milliseconds: 0) }))
  }
}
