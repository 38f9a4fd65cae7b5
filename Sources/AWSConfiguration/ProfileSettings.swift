/// The settings of a profile or of a `services` section, by lower-case name.
package struct ProfileSettings: Sendable, Equatable {
  /// What a name stands for.
  package enum Setting: Sendable, Equatable {
    case text(String)
    /// Indented lines of their own, such as those of `s3 =`.
    case nested([String: String])
  }

  private(set) var settings: [String: Setting]

  init(_ settings: [String: Setting] = [:]) {
    self.settings = settings
  }

  /// The values of an INI section. A value that begins on the next line is nested, its lines being `name = value`.
  init(_ values: [String: String]) {
    settings = values.mapValues { value in
      guard value.unicodeScalars.first == "\n" else { return .text(value) }
      return .nested(Self.nested(value))
    }
  }

  /// A setting that is text; nil for a nested one.
  package subscript(name: String) -> String? {
    guard case .text(let text)? = settings[name] else { return nil }
    return text
  }

  /// The setting `name` that is indented below `outer`.
  package subscript(outer: String, name: String) -> String? {
    guard case .nested(let values)? = settings[outer] else { return nil }
    return values[name]
  }

  package var names: [String] { settings.keys.sorted() }

  /// Takes over the settings of `other` that are not set here.
  mutating func complete(from other: ProfileSettings) {
    settings.merge(other.settings) { own, _ in own }
  }

  /// The names within are taken as they are written. A line without `=` is passed over.
  private static func nested(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in Substring(text).unicodeScalars.split(whereSeparator: isLineBreak) {
      guard let mark = line.firstIndex(of: "=") else { continue }
      let name = String(INIText.trimmed(line[..<mark]))
      values[name] = String(INIText.trimmed(line[line.index(after: mark)...]))
    }
    return values
  }

  /// As Python's `str.splitlines` knows them.
  private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0a...0x0d, 0x1c...0x1e, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}
