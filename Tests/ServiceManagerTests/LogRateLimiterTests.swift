import Testing

@testable import ServiceManager

@Suite struct LogRateLimiterTests {
  private let start = ContinuousClock.now
  private var limiter = LogRateLimiter(limit: 2, interval: .seconds(60), capacity: 3)

  @Test("a few records of a key pass, the rest are counted once")
  mutating func counts() {
    let verdicts = (0..<5).map { _ in limiter.judge("AccessDenied", at: start) }
    #expect(verdicts == [.admit(withheldBefore: 0), .admit(withheldBefore: 0), .withhold, .withhold, .withhold])
    #expect(limiter.nextSummary == start.advanced(by: .seconds(60)))
    #expect(limiter.summaries(at: start.advanced(by: .seconds(59))).isEmpty)
    let summaries = limiter.summaries(at: start.advanced(by: .seconds(60)))
    #expect(summaries == [LogRateLimiter.Summary(key: "AccessDenied", withheld: 3)])
    #expect(limiter.summaries(at: start.advanced(by: .seconds(120))).isEmpty)
    #expect(limiter.nextSummary == nil)
  }

  @Test("the next record of a key brings the count of the interval before, and starts anew")
  mutating func next() {
    for _ in 0..<5 { _ = limiter.judge("x", at: start) }
    let later = start.advanced(by: .seconds(61))
    #expect(limiter.judge("x", at: later) == .admit(withheldBefore: 3))
    #expect(limiter.judge("x", at: later) == .admit(withheldBefore: 0))
    #expect(limiter.judge("x", at: later) == .withhold)
    #expect(limiter.summaries(at: later.advanced(by: .seconds(60))).map(\.withheld) == [1])
  }

  @Test("one key's flood withholds no record of another")
  mutating func keys() {
    for _ in 0..<9 { _ = limiter.judge("x", at: start) }
    #expect(limiter.judge("y", at: start) == .admit(withheldBefore: 0))
  }

  @Test("keys beyond the capacity share one allowance, and every withheld record is counted")
  mutating func capacity() {
    var admitted = 0
    for index in 0..<1000 where limiter.judge("key \(index)", at: start) != .withhold { admitted += 1 }
    #expect(admitted == 3 + 2)
    let summaries = limiter.summaries(at: start.advanced(by: .seconds(60)))
    #expect(summaries == [LogRateLimiter.Summary(key: LogRateLimiter.otherKeys, withheld: 995)])
    #expect(limiter.judge("new", at: start.advanced(by: .seconds(60))) == .admit(withheldBefore: 0))
  }

  @Test("a full table makes room for a new key once an interval has ended")
  mutating func room() {
    for key in ["a", "b", "c"] { _ = limiter.judge(key, at: start) }
    let later = start.advanced(by: .seconds(60))
    for _ in 0..<3 { _ = limiter.judge("d", at: later) }
    #expect(limiter.summaries(at: later.advanced(by: .seconds(60))).map(\.key) == ["d"])
  }
}
