/// The 32 bytes of a SHA-256, as a value that needs no allocation.
package struct SHA256Digest: Hashable, Sendable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Takes the digest's 32 bytes; nil for any other count.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// Takes the digest as four big-endian words, first word first.
  package init(words: (UInt64, UInt64, UInt64, UInt64)) {
    self.words = words
  }

  /// How many bytes a digest has.
  package static let byteCount = 32

  /// The digest's 32 bytes.
  package var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      var index = 0
      for word in [words.0, words.1, words.2, words.3] {
        for shift in stride(from: 56, through: 0, by: -8) {
          buffer[index] = UInt8(truncatingIfNeeded: word >> UInt64(shift))
          index += 1
        }
      }
      count = index
    }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: 2 * Self.byteCount) { buffer in
      for (index, word) in [words.0, words.1, words.2, words.3].enumerated() {
        for digit in 0..<16 {
          let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15
          buffer[16 * index + digit] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        }
      }
      return 2 * Self.byteCount
    }
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
      && left.words.3 == right.words.3
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
  }
}
