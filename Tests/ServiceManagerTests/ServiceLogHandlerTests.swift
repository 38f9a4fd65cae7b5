import Logging
import Synchronization
import Testing

@testable import ServiceManager

@Suite struct ServiceLogHandlerTests {
  private final class Collector: LogSink {
    private let records = Mutex<[LogRecord]>([])
    func write(_ record: LogRecord) { records.withLock { $0.append(record) } }
    func take() -> [LogRecord] {
      records.withLock { records in
        defer { records = [] }
        return records
      }
    }
  }

  private struct Fault: Error, CustomStringConvertible { let description = "disk full" }

  private let collector = Collector()

  @Test("a record carries the logger's metadata, its own winning, and the error")
  func metadata() {
    var logger = Logger(label: "test") { _ in ServiceLogHandler(sink: collector, level: .info) }
    logger[metadataKey: LogKey.folder] = "inbox"
    logger[metadataKey: LogKey.state] = "pending"
    logger.info("Delivered", metadata: [LogKey.state: "logged"])
    logger.error("Failed", error: Fault())
    logger.debug("dropped")
    #expect(
      collector.take() == [
        LogRecord(level: .info, message: "Delivered", metadata: [LogKey.folder: "inbox", LogKey.state: "logged"]),
        LogRecord(
          level: .error, message: "Failed",
          metadata: [LogKey.folder: "inbox", LogKey.state: "pending", "error": "disk full"]),
      ])
  }

  @Test("repeats of one code are withheld and told of once, records without a code always pass")
  func repeats() {
    let now = Mutex(ContinuousClock.now)
    let limiter = LogRateLimiter(limit: 1, interval: .seconds(60))
    let sink = RateLimitedSink(collector, limiter: limiter) { now.withLock { $0 } }
    let fault = LogRecord(level: .error, message: "Refused", metadata: [LogKey.code: "AccessDenied"])
    let plain = LogRecord(level: .info, message: "Delivered")
    for record in [fault, fault, fault, plain, plain] { sink.write(record) }
    #expect(collector.take() == [fault, plain, plain])
    sink.flush()
    #expect(collector.take() == [])
    now.withLock { $0 = $0.advanced(by: .seconds(60)) }
    sink.flush()
    sink.flush()
    let summary = LogRecord(
      level: .warning, message: "2 more records with the code AccessDenied were not logged one by one",
      metadata: [LogKey.code: "AccessDenied"])
    #expect(collector.take() == [summary])
    for record in [fault, fault] { sink.write(record) }
    now.withLock { $0 = $0.advanced(by: .seconds(60)) }
    sink.write(fault)
    let single = "1 more record with the code AccessDenied was not logged"
    #expect(collector.take().map(\.message) == ["Refused", single, "Refused"])
  }
}

@Suite struct MessageIDTests {
  @Test("the identifiers differ and are random ones of version 4")
  func identifiers() {
    #expect(Set(MessageID.allCases.map(\.rawValue)).count == MessageID.allCases.count)
    for id in MessageID.allCases {
      let digits = Array(id.rawValue)
      #expect(MessageID.isValid(id.rawValue))
      #expect(digits[12] == "4" && "89ab".contains(digits[16]))
    }
  }
}
