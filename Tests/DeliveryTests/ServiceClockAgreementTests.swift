import DeliveryModel
import HTTPTransport
import Testing

@testable import Delivery

/// When this machine's clock counts as confirmed.
struct ServiceClockAgreementTests {
  private let begin = ContinuousClock.now
  private let word = Timestamp(milliseconds: 1_795_000_000_000)

  /// A clock that was told that moment at `begin`.
  private func told() -> ServiceClock {
    let clock = ServiceClock()
    clock.note(Self.answer, now: begin)
    return clock
  }

  /// 2026-11-18T11:06:40Z.
  private static let answer = HTTPResponse(
    status: 200, headers: [HTTPHeader("date", "Wed, 18 Nov 2026 11:06:40 GMT")])

  @Test("it agrees within five minutes, for an hour after a service was heard")
  func agreement() {
    let clock = told()
    #expect(clock.agrees(with: word + .seconds(299), at: begin))
    #expect(clock.agrees(with: word + .seconds(-299), at: begin))
    #expect(!clock.agrees(with: word + .seconds(301), at: begin))
    #expect(!clock.agrees(with: word + .seconds(-86_400), at: begin))
    #expect(clock.agrees(with: word + .seconds(3600), at: begin + .seconds(3600)))
    #expect(!clock.agrees(with: word + .seconds(3601), at: begin + .seconds(3601)))
  }

  @Test("before a service was heard, nothing is confirmed")
  func silent() { #expect(!ServiceClock().agrees(with: word, at: begin)) }

  @Test("what a service was asked for counts at once, however short ago one was heard")
  func asked() {
    let clock = told()
    let later = HTTPResponse(status: 200, headers: [HTTPHeader("date", "Sat, 19 Dec 2026 11:06:40 GMT")])
    clock.note(later, now: begin + .seconds(1))
    #expect(!clock.agrees(with: word + .seconds(31 * 86_400), at: begin + .seconds(1)))
    clock.note(later, now: begin + .seconds(1), isAsked: true)
    #expect(clock.agrees(with: word + .seconds(31 * 86_400), at: begin + .seconds(1)))
  }
}
