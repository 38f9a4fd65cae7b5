/// A field of CSV (RFC 4180) that no spreadsheet takes for a formula.
enum CSVField {
  static func quote(_ text: String) -> String {
    let safe = text.first.map { "=+-@\t\r".contains($0) } ?? false ? "'" + text : text
    guard safe.contains(where: { ",\"\n\r".contains($0) }) else { return safe }
    return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
