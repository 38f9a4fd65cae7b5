import Testing

@testable import Delivery

struct JitterSourceTests {
  @Test("the numbers are those of the published generator, spread over 0 ..< 1")
  func numbers() {
    // The first output of SplitMix64 for the seed 1234567 is 6457827717110365317.
    let source = JitterSource(seed: 1_234_567)
    #expect(source.next() == Double(UInt64(6_457_827_717_110_365_317) >> 11) * 0x1p-53)
    let drawn = (0..<1000).map { _ in source.next() }
    #expect(drawn.allSatisfy { (0..<1).contains($0) })
    #expect((400...600).contains(drawn.filter { $0 < 0.5 }.count))
  }

  @Test("two machines do not draw the same")
  func seeds() {
    #expect(JitterSource().next() != JitterSource().next())
  }
}
