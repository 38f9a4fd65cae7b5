import TestSupport

extension SeededGenerator {
  /// Up to `count` bytes, drawn from `alphabet`.
  mutating func bytes(upTo count: Int, from alphabet: [UInt8]) -> [UInt8] {
    (0..<Int.random(in: 0...count, using: &self)).map { _ in alphabet.randomElement(using: &self) ?? 0 }
  }
}
