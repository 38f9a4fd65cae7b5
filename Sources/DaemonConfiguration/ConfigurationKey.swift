/// The way to a value: tables by name, elements of lists by number from 1, as in `folder[2].tags.matter`.
struct ConfigurationKey: Hashable {
  /// As people see it; also what positions are found by.
  let text: String
  /// The same without numbers: `folder.tags.matter`.
  let pattern: String
  /// The last name.
  let name: String
  /// The text of the table or list that holds it, nearest first; the document itself is left out.
  let ancestors: [String]

  static let document = ConfigurationKey(text: "", pattern: "", name: "", ancestors: [])

  private init(text: String, pattern: String, name: String, ancestors: [String]) {
    self.text = text
    self.pattern = pattern
    self.name = name
    self.ancestors = ancestors
  }

  /// The value `name` in this table.
  func appending(_ name: String) -> ConfigurationKey {
    let shown = Self.isBare(name) ? name : ShownValue.quoted(name)
    let separator = text.isEmpty ? "" : "."
    return ConfigurationKey(
      text: text + separator + shown, pattern: pattern + separator + shown, name: name, ancestors: withSelf)
  }

  /// The element `number`, from 1, of this list.
  func appending(_ number: Int) -> ConfigurationKey {
    ConfigurationKey(text: "\(text)[\(number)]", pattern: pattern, name: name, ancestors: withSelf)
  }

  private var withSelf: [String] { text.isEmpty ? [] : [text] + ancestors }

  private static func isBare(_ name: String) -> Bool {
    1...64 ~= name.utf8.count && name.utf8.allSatisfy(Characters.isNameByte)
  }
}

/// Sets of ASCII characters that the rules speak of.
enum Characters {
  static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
  static func isLowercase(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }
  static func isUppercase(_ byte: UInt8) -> Bool { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLowercase(byte) || isUppercase(byte) }
  /// A letter, a digit, `_` or `-`.
  static func isNameByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  /// Whether `text` consists of letters, digits and `others` alone.
  static func isAlphanumeric(_ text: some StringProtocol, or others: String) -> Bool {
    text.utf8.allSatisfy { isAlphanumeric($0) || others.utf8.contains($0) }
  }
}
