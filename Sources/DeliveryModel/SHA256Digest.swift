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
      let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
      withUnsafeBytes(of: bigEndian) { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      count = Self.byteCount
    }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: 2 * Self.byteCount) { buffer in
      Self.write(words.0, to: buffer, at: 0)
      Self.write(words.1, to: buffer, at: 16)
      Self.write(words.2, to: buffer, at: 32)
      Self.write(words.3, to: buffer, at: 48)
      return 2 * Self.byteCount
    }
  }

  private static func write(_ word: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    for digit in 0..<16 {
      buffer[start + digit] = Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15)
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
