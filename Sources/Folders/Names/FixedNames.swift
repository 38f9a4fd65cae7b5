/// The names of ``FileNameTable``, found by one byte: there are many, and nearly no file has one.
enum FixedNames {
  /// The rule of a name, in lower case, that is a fixed text or begins or ends with one.
  static func rule(for lower: [UInt8]) -> NameRule? {
    guard let first = lower.first, let last = lower.last else { return nil }
    if let rule = whole.texts(first).first(where: { $0.text == lower })?.rule { return rule }
    if let dot = lower.lastIndex(of: BuiltInNames.dot), dot > 0,
      let rule = extensions.texts(last).first(where: {
        $0.text.count == lower.count - dot - 1 && lower.ends(with: $0.text)
      })?.rule
    {
      return rule
    }
    if let rule = endings.texts(last).first(where: { $0.text.count < lower.count && lower.ends(with: $0.text) })?.rule {
      return rule
    }
    let beginnings = first == BuiltInNames.dot ? hiddenBeginnings : beginnings
    return beginnings.texts(first).first { $0.text.count < lower.count && lower.starts(with: $0.text) }?.rule
  }

  private static let whole = Index(FileNameTable.whole, by: \.first)
  private static let extensions = Index(FileNameTable.extensions, by: \.last)
  private static let endings = Index(FileNameTable.endings, by: \.last)
  private static let beginnings = Index(FileNameTable.beginnings, by: \.first)
  private static let hiddenBeginnings = Index(FileNameTable.hiddenBeginnings, by: \.first)

  /// Texts by one of their bytes; those with the same one in the order of their table.
  private struct Index: Sendable {
    private var texts = [[FileNameTable.Text]](repeating: [], count: 256)

    init(_ table: [FileNameTable.Text], by byte: (ArraySlice<UInt8>) -> UInt8?) {
      for text in table {
        if let byte = byte(text.text[...]) { texts[Int(byte)].append(text) }
      }
    }

    func texts(_ byte: UInt8) -> [FileNameTable.Text] { texts[Int(byte)] }
  }
}
