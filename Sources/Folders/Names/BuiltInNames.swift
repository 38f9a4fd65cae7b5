package import DeliveryModel

/// Which names of files and directories are no documents, as the programs that give them document it. The tables are beside.
///
/// A rule for files says nothing about directories: `Band 2.part/` is a person's. ASCII letters count in either case.
package enum BuiltInNames {
  /// The rule for a file at a path in a folder; nil for a name that people give.
  package static func rule(forFile path: RelativePath) -> NameRule? {
    rule(forFileNamed: path.name) ?? Holder(path.directory).rule(for: Array(path.name))
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
    if let rule = FixedNames.rule(for: lower) { return rule }
    return (first == dot ? NameShapes.hidden(bytes) : nil) ?? NameShapes.any(bytes, lower: lower)
  }

  /// A directory, for what its name says of files in it: a program may save a document in one before it moves it to its
  /// place. It is looked into, as a document may be left in it.
  struct Holder {
    /// Of each file in it.
    private let all: NameRule?
    /// Its own name, where some of them may have a rule.
    private let name: ArraySlice<UInt8>?

    init(_ path: RelativePath) {
      let segments = path.bytes.split(separator: GlobPattern.slash)
      all = segments.lazy.compactMap(Self.rule(ofAllIn:)).first
      name = segments.last.flatMap { NameShapes.isDownload($0) ? $0 : nil }
    }

    func rule(for file: [UInt8]) -> NameRule? { all ?? name.flatMap { NameShapes.safariDownload(file, in: $0) } }

    private static func rule(ofAllIn directory: ArraySlice<UInt8>) -> NameRule? {
      if NameShapes.isSandboxSave(directory) { return NameShapes.sandboxSave }
      let isSaving = directory.starts(with: NameShapes.savedBy) && directory.last == UInt8(ascii: ")")
      return isSaving ? NameShapes.documentBeingSaved : nil
    }
  }

  static let dot = UInt8(ascii: ".")
}

extension Array where Element == UInt8 {
  func ends(with ending: [UInt8]) -> Bool { count >= ending.count && suffix(ending.count).elementsEqual(ending) }
}
