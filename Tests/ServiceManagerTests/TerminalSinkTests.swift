import DeliveryModel
import Logging
import Testing

@testable import ServiceManager

@Suite struct TerminalSinkTests {
  @Test("a reader that sleeps stops nobody, and learns how many lines it missed")
  func stalls() throws {
    let pipe = try Pipe()
    let sink = TerminalSink(
      writer: LineWriter(descriptor: pipe.writing, patience: .milliseconds(1)), style: .prefixed,
      now: { Timestamp(milliseconds: 0) })
    let record = LogRecord(level: .info, message: String(repeating: "x", count: 1000))
    for _ in 0..<200 { sink.write(record) }
    let kept = pipe.drain().split(separator: "\n").count
    #expect(kept > 0 && kept < 200)
    sink.write(LogRecord(level: .info, message: "after"))
    let notice = "\(200 - kept) log lines were lost because standard error was not read"
    #expect(pipe.drain() == "<4>\(notice)\n<6>after\n")
    sink.write(LogRecord(level: .info, message: "later"))
    #expect(pipe.drain() == "<6>later\n")
  }
}
