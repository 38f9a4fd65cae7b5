import DeliveryModel

/// A language that the staff read. The raw value is its code in HTML and in the configuration.
package enum Language: String, CaseIterable, Sendable {
  case english = "en"
  case italian = "it"

  /// The words of `phrase`, with `values` in their places.
  package func text(_ phrase: Phrase, _ values: String...) -> String {
    let text = words[phrase] ?? ""
    if values.isEmpty { return text }
    // In one pass: a value is text, also where it looks like the place of another.
    let pieces = text.pieces(at: "{")
    return pieces[0]
      + pieces.dropFirst().map { piece in
        let parts = piece.pieces(at: "}")
        guard parts.count > 1, let index = Int(parts[0]), values.indices.contains(index) else { return "{" + piece }
        return values[index] + parts.dropFirst().joined(separator: "}")
      }.joined()
  }

  var words: [Phrase: String] {
    switch self {
    case .english: Self.englishWords
    case .italian: Self.italianWords
    }
  }

  /// What separates the columns of a table that the office's spreadsheet program opens by a double click.
  var listSeparator: String { self == .italian ? ";" : "," }

  private var decimalSeparator: String { self == .italian ? "," : "." }

  /// `23 Nov 2026 10:42`, `23/11/2026 10:42`: as people write it, and not to be mistaken in either language.
  package func minute(_ moment: LocalMoment) -> String { date(moment.date) + " " + moment.clock.prefix(5) }

  /// `23 Nov 2026 10:42:07 +01:00`: for what is kept.
  func second(_ moment: LocalMoment) -> String { "\(date(moment.date)) \(moment.clock) \(moment.zone)" }

  private func date(_ date: CivilDate) -> String {
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return switch self {
    case .english: "\(date.day) \(Self.englishMonths[Int(date.month) - 1]) \(date.year)"
    case .italian: "\(two(date.day))/\(two(date.month))/\(date.year)"
    }
  }

  /// `812 B`, `1.4 MB`: one decimal, 1,000 based as file managers show it.
  package func size(_ bytes: Int64) -> String {
    guard bytes >= 1000 else { return "\(bytes) B" }
    var (value, unit) = (Double(bytes), "B")
    for next in ["kB", "MB", "GB", "TB"] where value >= 1000 { (value, unit) = (value / 1000, next) }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10)\(decimalSeparator)\(tenths % 10) \(unit)"
  }
}
