import DeliveryModel

/// One problem of a configuration: where it is, what it is, and what would be right.
package struct ConfigurationDiagnostic: Sendable, Equatable, CustomStringConvertible {
  package enum Severity: String, Sendable {
    /// The configuration cannot be used.
    case error
    /// It can, but does something that is rarely meant.
    case warning
  }

  /// The file as it was named, or `environment` for a variable.
  package let file: String
  /// From 1; 0 where the problem has no place in a text.
  package let line: Int
  /// From 1, in characters; 0 where the problem has no place in a text.
  package let column: Int
  /// `aws.bucket`, `folder[2].settle` (the second folder), or empty where it is not about one key.
  package let key: String
  /// Escaped; never a secret.
  package let message: String
  package let severity: Severity

  package init(
    file: String, line: Int = 0, column: Int = 0, key: String = "", message: String, severity: Severity = .error
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.key = key
    self.message = message
    self.severity = severity
  }

  /// `file:line:column: key: message`, which editors and scripts can take apart; a warning says so before its message.
  package var description: String {
    var text = EscapedText.escape(file)
    if line > 0 { text += ":\(line):\(column)" }
    if !key.isEmpty { text += ": \(key)" }
    return text + (severity == .warning ? ": warning: " : ": ") + message
  }
}

/// What became of a configuration.
package struct ConfigurationOutcome: Sendable, Equatable {
  /// Nil exactly if a diagnostic is an error.
  package let configuration: Configuration?
  /// All problems, in the order of the file.
  package let diagnostics: [ConfigurationDiagnostic]

  package init(configuration: Configuration?, diagnostics: [ConfigurationDiagnostic]) {
    self.configuration = configuration
    self.diagnostics = diagnostics
  }
}
