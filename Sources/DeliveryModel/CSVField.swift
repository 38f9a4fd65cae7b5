/// A field of a table (RFC 4180) that no spreadsheet program takes for a formula (CWE-1236) or for more than one field.
package enum CSVField {
  package enum QuotationMarks: Sendable {
    case always
    case whereNeeded
  }

  /// A text that would begin a formula gets an apostrophe before it.
  package static func quote(_ text: String, _ marks: QuotationMarks = .whereNeeded) -> String {
    let safe = text.unicodeScalars.first.map(beginsFormula) == true ? "'" + text : text
    guard marks == .always || safe.hasAny(of: ",;\"\n\r") else { return safe }
    return "\"" + safe.replacingEach("\"", by: "\"\"") + "\""
  }

  private static func beginsFormula(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}": true
    default: false
    }
  }
}
