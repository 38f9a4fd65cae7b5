import DeliveryModel

/// Gathers the problems of one configuration, so that all are told at once.
final class Findings {
  private let file: String
  private let locator: TOMLKeyLocator
  private var diagnostics: [ConfigurationDiagnostic] = []
  private(set) var hasErrors = false
  /// Every key that was asked for, whether or not it is there, without numbers: `folder.settle`.
  private(set) var asked: Set<String> = []

  /// More than anyone reads; a file that is no configuration would give thousands.
  private static let limit = 100

  init(file: String, locator: TOMLKeyLocator) {
    self.file = file
    self.locator = locator
  }

  func error(_ key: ConfigurationKey, _ message: String) {
    hasErrors = true
    add(key, message, .error)
  }

  func ask(_ name: String, of table: ConfigurationKey) {
    asked.insert(table.pattern.isEmpty ? name : table.pattern + "." + name)
  }

  func warning(_ key: ConfigurationKey, _ message: String) {
    add(key, message, .warning)
  }

  /// A problem of an environment variable.
  func error(variable: String, _ message: String) {
    hasErrors = true
    diagnostics.append(ConfigurationDiagnostic(file: "environment", key: variable, message: message))
  }

  /// A problem of another file; each is reported once.
  func error(file: String, key: String, _ message: String) {
    hasErrors = true
    let diagnostic = ConfigurationDiagnostic(file: file, key: key, message: message)
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  func warning(file: String, _ message: String) {
    diagnostics.append(ConfigurationDiagnostic(file: file, message: message, severity: .warning))
  }

  func line(of key: ConfigurationKey) -> Int { locator.position(of: key).line }

  private func add(_ key: ConfigurationKey, _ message: String, _ severity: ConfigurationDiagnostic.Severity) {
    let place = locator.position(of: key)
    diagnostics.append(
      ConfigurationDiagnostic(
        file: file, line: place.line, column: place.column, key: key.text, message: message, severity: severity))
  }

  /// All problems in the order of the file; those without a place last.
  var sorted: [ConfigurationDiagnostic] {
    let ordered = diagnostics.enumerated().sorted { left, right in
      order(left.element, left.offset) < order(right.element, right.offset)
    }.map(\.element)
    guard ordered.count > Self.limit else { return ordered }
    let rest = (ordered.count - Self.limit).counted("more problem follows", "more problems follow")
    return ordered.prefix(Self.limit) + [ConfigurationDiagnostic(file: file, message: rest)]
  }

  private func order(_ diagnostic: ConfigurationDiagnostic, _ offset: Int) -> (Int, Int, Int) {
    (diagnostic.line == 0 ? Int.max : diagnostic.line, diagnostic.column, offset)
  }
}
