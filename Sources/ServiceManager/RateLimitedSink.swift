import DeliveryModel
import Logging
import Synchronization

/// Lets only a few records of one fault through, then says how many more there were. A fault is known by its
/// ``LogKey/code``; records without one always pass. That something is blocked is counted by itself: the attempts that showed
/// it must not use up its place.
final class RateLimitedSink: LogSink {
  private let inner: any LogSink
  private let limiter: Mutex<LogRateLimiter>
  private let now: @Sendable () -> ContinuousClock.Instant
  /// Yields when a record was withheld, for one consumer. Only the newest is kept: one is enough to look after all.
  let withholding: AsyncStream<Void>
  private let noteWithheld: AsyncStream<Void>.Continuation

  init(
    _ inner: any LogSink, limiter: LogRateLimiter = LogRateLimiter(),
    now: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    self.inner = inner
    self.limiter = Mutex(limiter)
    self.now = now
    (withholding, noteWithheld) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func write(_ record: LogRecord) {
    guard let code = record.value(LogKey.code) else { return inner.write(record) }
    let isBlock = record.value(LogKey.messageID) == MessageID.blocked.rawValue
    switch limiter.withLock({ $0.judge(isBlock ? code + " (blocked)" : code, at: now()) }) {
    case .withhold: noteWithheld.yield()
    case .admit(let withheld):
      if withheld > 0 { inner.write(summary(code, withheld)) }
      inner.write(record)
    }
  }

  /// Tells of what was withheld in intervals that have ended.
  func flush() {
    for summary in limiter.withLock({ $0.summaries(at: now()) }) {
      inner.write(self.summary(summary.key, summary.withheld))
    }
  }

  private func summary(_ code: String, _ count: Int) -> LogRecord {
    LogRecord(
      level: .warning,
      message: count.counted(
        "more record with the code \(code) was not logged",
        "more records with the code \(code) were not logged one by one"),
      metadata: [LogKey.code: .string(code)])
  }
}
