/// A field of a table for spreadsheet programs (RFC 4180): always in quotes, on one line, and never a formula.
enum TableField {
  /// A text that would begin a formula gets an apostrophe before it (CWE-1236).
  ///
  /// `shown` holds no control characters: see ``EscapedText``.
  static func quote(_ shown: String) -> String {
    let isFormula = shown.first.map { "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains($0) } ?? false
    let safe = isFormula ? "'" + shown : shown
    return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
