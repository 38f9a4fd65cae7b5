import Testing

@testable import ServiceManager

@Suite struct StatusThrottleTests {
  private let start = ContinuousClock.now
  private var throttle = StatusThrottle()

  @Test("the first text goes at once and is not repeated")
  mutating func repeats() {
    #expect(throttle.offer("a", at: start) == "a")
    #expect(throttle.offer("a", at: start.advanced(by: .seconds(5))) == nil)
    #expect(throttle.deadline == nil)
  }

  @Test("of a burst only the last text is sent, a second after the one before")
  mutating func burst() {
    #expect(throttle.offer("a", at: start) == "a")
    for text in ["b", "c", "d"] { #expect(throttle.offer(text, at: start.advanced(by: .milliseconds(10))) == nil) }
    #expect(throttle.deadline == start.advanced(by: .seconds(1)))
    #expect(throttle.due(at: start.advanced(by: .milliseconds(999))) == nil)
    #expect(throttle.due(at: start.advanced(by: .seconds(1))) == "d")
    #expect(throttle.due(at: start.advanced(by: .seconds(2))) == nil)
    #expect(throttle.deadline == nil)
  }

  @Test("a text that returns to what was sent is not sent, nor is the one between")
  mutating func returns() {
    #expect(throttle.offer("a", at: start) == "a")
    #expect(throttle.offer("b", at: start) == nil)
    #expect(throttle.offer("a", at: start) == nil)
    #expect(throttle.deadline == nil)
    #expect(throttle.due(at: start.advanced(by: .seconds(1))) == nil)
  }

  @Test("a change after a quiet second goes at once")
  mutating func quiet() {
    #expect(throttle.offer("a", at: start) == "a")
    #expect(throttle.offer("b", at: start.advanced(by: .seconds(1))) == "b")
    #expect(throttle.offer("c", at: start.advanced(by: .milliseconds(1500))) == nil)
    #expect(throttle.deadline == start.advanced(by: .seconds(2)))
  }
}
