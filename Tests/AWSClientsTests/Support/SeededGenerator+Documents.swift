import TestSupport

extension SeededGenerator {
  mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
    (0..<Int.random(in: count, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// `document` with a few bytes changed, removed or doubled.
  mutating func mutation(of document: [UInt8]) -> [UInt8] {
    var result = document
    for _ in 0..<Int.random(in: 1...4, using: &self) where !result.isEmpty {
      let index = Int.random(in: 0..<result.count, using: &self)
      switch Int.random(in: 0..<4, using: &self) {
      case 0: result[index] = UInt8.random(in: 0...255, using: &self)
      case 1: result.remove(at: index)
      case 2: result.insert(contentsOf: result[index...].prefix(8), at: index)
      default: result.removeSubrange(index...)
      }
    }
    return result
  }
}
