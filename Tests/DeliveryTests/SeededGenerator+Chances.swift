import TestSupport

extension SeededGenerator {
  /// True with the given probability, in thousandths.
  mutating func chance(_ perMille: Int) -> Bool { below(1000) < perMille }

  /// 0 ..< `limit`.
  mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() % UInt64(max(1, limit))) }

  /// 0 ..< 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
