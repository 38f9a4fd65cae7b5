import DaemonConfiguration
import DeliveryModel
import FolderFeedback

/// What a file in a place of the daemon's own may be: the paths from which it may have been moved there.
enum PlacedPaths {
  /// Parts of a date, at most, between a place and the path that a file had.
  private static let dateParts = 4

  /// `file` lies in `place`: `_sent/2026-11-23/HR/letter (2).pdf` may have been `HR/letter.pdf`. Nil for what the daemon writes
  /// itself under names of its own.
  static func origins(of file: RelativePath, in place: RelativePath) -> PlacedFile.Origins? {
    if place == FolderSettings.receipts, isTable(file.name) { return nil }
    if let refused = refused(file.name) {
      return .note(paths(of: file.directory.appending(refused), in: place))
    }
    return .file(paths(of: file, in: place))
  }

  private static func paths(of file: RelativePath, in place: RelativePath) -> [RelativePath] {
    let parts = file.bytes.dropFirst(place.bytes.count + 1).split(separator: GlobPattern.slash).map { Array($0) }
    guard let name = parts.last else { return [] }
    let plain = parts.map { unnumbered($0) ?? $0 }
    var paths: [RelativePath] = []
    for dropped in 0...min(dateParts, parts.count - 1) {
      // As a rule a directory of one day stands between.
      let dropped = dropped == 0 ? min(1, parts.count - 1) : dropped == 1 ? 0 : dropped
      for directories in [parts.dropLast(), plain.dropLast()] {
        let directory = directories.dropFirst(dropped).reduce(RelativePath.root) { $0.appending($1) }
        for name in [name, plain.last ?? name] {
          let path = directory.appending(name)
          if !paths.contains(path) { paths.append(path) }
        }
      }
    }
    return paths
  }

  /// `a.pdf` for `a (2).pdf`; nil for a name without a number, see ``FreeName``.
  static func unnumbered(_ name: [UInt8]) -> [UInt8]? {
    let stem = RelativePath(unchecked: name).stem
    guard stem.last == UInt8(ascii: ")"), let open = stem.lastIndex(of: UInt8(ascii: "(")), open > stem.startIndex + 1,
      stem[open - 1] == UInt8(ascii: " ")
    else { return nil }
    let digits = stem[(open + 1)..<(stem.endIndex - 1)]
    guard !digits.isEmpty, digits.count < 14, digits.allSatisfy(ASCIIName.isDigit) else { return nil }
    return Array(stem[..<(open - 1)]) + name[stem.endIndex...]
  }

  /// `a.pdf` for the note `a.pdf.REASON.txt`.
  private static func refused(_ name: ArraySlice<UInt8>) -> [UInt8]? {
    let (plain, suffix) = (unnumbered(Array(name)) ?? Array(name), RefusalNote.suffix)
    guard plain.count > suffix.count, plain.suffix(suffix.count).elementsEqual(suffix) else { return nil }
    return Array(plain.dropLast(suffix.count))
  }

  /// `2026-11-23.csv`.
  private static func isTable(_ name: ArraySlice<UInt8>) -> Bool {
    let pattern = Array("dddd-dd-dd.csv".utf8)
    return name.count == pattern.count
      && zip(name, pattern).allSatisfy { $1 == UInt8(ascii: "d") ? ASCIIName.isDigit($0) : $0 == $1 }
  }
}
