/// Which names the program passed over up to its version 1.0: what a first start after that has to tell apart.
///
/// A name that begins with a dot, and the names below. True of a directory made it so of all in it. Letters count in either
/// case.
enum FormerNames {
  /// Whether `name`, one segment of a path, is such a name; true of a directory makes it so of all in it.
  static func contains(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    guard let first = name.first else { return false }
    if first == UInt8(ascii: ".") || name.starts(with: "~$".utf8) { return true }
    if let dot = name.lastIndex(of: UInt8(ascii: ".")) {
      let ending = name[name.index(after: dot)...]
      if endings.contains(where: { isEqual(ending, $0) }) || isSandboxSave(ending) { return true }
    }
    return wholeNames.contains { isEqual(name, $0) }
  }

  private static let endings: [StaticString] = [
    "tmp", "temp", "part", "partial", "filepart", "crdownload", "opdownload", "download", "aria2", "swp", "swo", "swx",
    "minio", "laccdb",
  ]
  private static let wholeNames: [StaticString] = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "network trash folder",
    "temporary items", "@eadir", "@tmp", "@recycle", "#recycle", "#snapshot", "@recently-snapshot",
  ]

  /// The ending of the directories in which Word for Mac saves to a share: `sb-` 8 hexadecimal digits `-` 6 characters.
  private static func isSandboxSave(_ ending: some Collection<UInt8>) -> Bool {
    guard ending.count == 18, ending.starts(with: "sb-".utf8) else { return false }
    return ending.dropFirst(11).first == UInt8(ascii: "-")
  }

  private static func isEqual(_ name: some Collection<UInt8>, _ lower: StaticString) -> Bool {
    guard name.count == lower.utf8CodeUnitCount else { return false }
    return lower.withUTF8Buffer { name.elementsEqual($0) { lowered($0) == $1 } }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }
}
