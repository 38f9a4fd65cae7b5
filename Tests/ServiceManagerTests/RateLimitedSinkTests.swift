import Logging
import Synchronization
import Testing

@testable import ServiceManager

@Suite struct RateLimitedSinkTests {
  /// Keeps what it is given.
  private final class Kept: LogSink {
    let messages = Mutex<[String]>([])

    func write(_ record: LogRecord) { messages.withLock { $0.append(record.message) } }
  }

  @Test("a record that is withheld is announced, and counted at the flush")
  func announces() async {
    let kept = Kept()
    let now = Mutex(ContinuousClock.now)
    let sink = RateLimitedSink(kept, limiter: LogRateLimiter(limit: 1)) { now.withLock { $0 } }
    let record = LogRecord(level: .error, message: "refused", metadata: [LogKey.code: "AccessDenied"])
    for _ in 0..<3 { sink.write(record) }
    var announcements = sink.withholding.makeAsyncIterator()
    await announcements.next()
    now.withLock { $0 += .seconds(60) }
    sink.flush()
    let told = kept.messages.withLock { $0 }
    #expect(told == ["refused", "2 more records with the code AccessDenied were not logged one by one"])
  }
}
