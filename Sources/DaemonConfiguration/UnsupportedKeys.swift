/// What the configuration has a place for and this version does not do yet. Using it is an error, so that nobody relies
/// on something that does not happen. An entry is a key, or a key and one of its values.
enum UnsupportedKeys {
  static let all: Set<String> = []

  static func contains(_ key: ConfigurationKey, value: String? = nil) -> Bool {
    all.contains(key.pattern + (value.map { " = " + $0 } ?? ""))
  }
}
