/// A log of a host's ledger: 16 hexadecimal digits, drawn at random with each new journal.
package struct LogID: Hashable, Sendable, CustomStringConvertible {
  package let value: UInt64

  /// `value` is random.
  package init(value: UInt64) {
    self.value = value
  }

  /// Reads 16 lower-case hexadecimal digits; nil for anything else.
  package init?(text: some StringProtocol) {
    let digits = text.utf8
    guard digits.count == 16, digits.allSatisfy(Self.isDigit), let value = UInt64(text, radix: 16) else { return nil }
    self.value = value
  }

  /// 16 lower-case hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  package var description: String { text }

  private static func isDigit(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
  }
}
