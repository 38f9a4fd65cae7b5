import Testing

@testable import Daemon

@Suite("The rate of an upload")
struct TransferRatesTests {
  let start = ContinuousClock.now
  var rates = TransferRates()

  @Test("one look tells nothing; two tell the rate and what is left")
  mutating func rate() {
    rates.take([1: 0], at: start)
    #expect(rates.rate(of: 1) == nil)
    rates.take([1: 20], at: start + .seconds(10))
    #expect(rates.rate(of: 1) == 2)
    #expect(rates.remaining(of: 1, bytes: 5) == .seconds(3))
  }

  @Test("what happened more than half a minute ago does not count, nor does a delivery that is gone")
  mutating func window() {
    rates.take([1: 0, 2: 0], at: start)
    rates.take([1: 1000], at: start + .seconds(20))
    rates.take([1: 1000], at: start + .seconds(40))
    #expect(rates.rate(of: 1) == nil)
    #expect(rates.remaining(of: 1, bytes: 5) == nil)
    rates.take([2: 50], at: start + .seconds(41))
    #expect(rates.rate(of: 2) == nil)
  }
}
