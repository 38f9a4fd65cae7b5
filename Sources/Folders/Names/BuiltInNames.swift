package import DeliveryModel

/// Which names of files and directories are no documents, as the programs that give them document it. The tables are beside.
///
/// A rule for files says nothing about directories: `Band 2.part/` is a person's. ASCII letters count in either case.
package enum BuiltInNames {
  /// The rule for a file at a path in a folder; nil for a name that people give.
  package static func rule(forFile path: RelativePath) -> NameRule? {
    rule(forFileNamed: path.name) ?? ruleOfDirectory(holding: path)
  }

  /// The rule for the directory: nothing in it is ever a document, so it is not entered.
  package static func rule(forDirectoryNamed name: some BidirectionalCollection<UInt8>) -> NameRule? {
    let lower = name.map(ASCIIName.lowered)
    return DirectoryNameTable.whole[lower]
      ?? DirectoryNameTable.beginnings.first { lower.starts(with: $0.text) }?.rule
  }

  /// By the last segment of the path alone.
  static func rule(forFileNamed name: some BidirectionalCollection<UInt8>) -> NameRule? {
    let bytes = Array(name)
    guard let first = bytes.first else { return nil }
    let lower = bytes.map(ASCIIName.lowered)
    if let rule = FileNameTable.whole[lower] { return rule }
    if let dot = lower.lastIndex(of: dot), dot > 0, let rule = FileNameTable.extensions[Array(lower[(dot + 1)...])] {
      return rule
    }
    if let rule = FileNameTable.endings.first(where: { $0.text.count < lower.count && lower.ends(with: $0.text) })?.rule
    {
      return rule
    }
    let isHidden = first == dot
    let beginnings = isHidden ? FileNameTable.hiddenBeginnings : FileNameTable.beginnings
    if let rule = beginnings.first(where: { $0.text.count < lower.count && lower.starts(with: $0.text) })?.rule {
      return rule
    }
    return (isHidden ? NameShapes.hidden(bytes) : nil) ?? NameShapes.any(bytes, lower: lower)
  }

  /// A directory in which a program saves a document before it moves it to its place. It is looked into, as a document may be
  /// left in it.
  private static func ruleOfDirectory(holding path: RelativePath) -> NameRule? {
    let segments = path.bytes.split(separator: GlobPattern.slash)
    guard let name = segments.last else { return nil }
    for directory in segments.dropLast() {
      if NameShapes.isSandboxSave(directory) { return NameShapes.sandboxSave }
      if directory.starts(with: NameShapes.savedBy), directory.last == UInt8(ascii: ")") {
        return NameShapes.documentBeingSaved
      }
    }
    guard let directory = segments.dropLast().last else { return nil }
    return NameShapes.safariDownload(name, in: directory)
  }

  static let dot = UInt8(ascii: ".")
}

extension Array where Element == UInt8 {
  func ends(with ending: [UInt8]) -> Bool { count >= ending.count && suffix(ending.count).elementsEqual(ending) }
}
