import DeliveryModel

/// A name without what two systems write differently: ASCII letters in lower case, characters composed (Unicode's NFC, which
/// a Mac takes apart), bytes that are not UTF-8 as they are.
enum FoldedName {
  static func fold(_ bytes: some RandomAccessCollection<UInt8>) -> [UInt8] {
    if bytes.allSatisfy({ $0 < 0x80 }) { return bytes.map(ASCIIName.lowered) }
    var folded: [UInt8] = []
    folded.reserveCapacity(bytes.count)
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let text = validBeginning(of: rest)
      if let composed = String(validating: rest[..<text], as: UTF8.self) {
        compose(composed) { folded.append(ASCIIName.lowered($0)) }
      }
      rest = rest[text...]
      if let stray = rest.popFirst() { folded.append(stray) }
    }
    return folded
  }

  /// The same for a pattern's text, its case kept.
  static func compose(_ text: String) -> String {
    var bytes: [UInt8] = []
    compose(text) { bytes.append($0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The standard library's own normalisation, by which it compares strings. Its name is not part of the library's documented
  /// interface; a unit test holds it to Unicode's rules.
  private static func compose(_ text: String, _ body: (UInt8) -> Void) { text._withNFCCodeUnits(body) }

  /// Where the UTF-8 that `bytes` begin with ends.
  private static func validBeginning(of bytes: ArraySlice<UInt8>) -> Int {
    var end = bytes.startIndex
    while end < bytes.endIndex {
      let length = bytes[end] < 0x80 ? 1 : sequenceLength(of: bytes[end...])
      if length == 0 { break }
      end += length
    }
    return end
  }

  /// Of one character of more than a byte; 0 where none begins here.
  private static func sequenceLength(of bytes: ArraySlice<UInt8>) -> Int {
    (2...4).first { $0 <= bytes.count && String(validating: bytes.prefix($0), as: UTF8.self) != nil } ?? 0
  }
}

/// The patterns of `include` or `exclude`.
struct PatternList: Sendable {
  private let exact: [GlobPattern]
  /// The same, to be matched with a ``FoldedName``; empty where case and form count.
  private let folded: [GlobPattern]

  /// With `folds` a name also matches that differs only in the case of ASCII letters or in Unicode's form.
  init(_ patterns: [String], folds: Bool) {
    exact = patterns.map { GlobPattern($0) }
    folded = folds ? patterns.map { GlobPattern($0, folds: true) } : []
  }

  var isEmpty: Bool { exact.isEmpty }

  func matches(_ path: RelativePath) -> Bool {
    if exact.contains(where: { $0.matches(path: path.bytes) }) { return true }
    if folded.isEmpty { return false }
    let name = FoldedName.fold(path.bytes)
    return folded.contains { $0.matches(path: name) }
  }
}
