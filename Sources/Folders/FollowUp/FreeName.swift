import DeliveryModel
import SystemSupport

/// Names for a file where its own may be taken: `a.pdf`, `a (2).pdf`, `a (3).pdf`.
enum FreeName {
  /// The numbers that are tried one after the other: all at first, then ever fewer, so that no directory is too full.
  static let numbers: [Int] = Array(1...64) + (7...40).map { 1 << $0 }
  /// Bytes of a name, on every Linux file system.
  private static let longest = 255

  /// The name with `number` before its extension; the name itself for 1. `room` bytes are left for something after it:
  /// a name that is too long for that loses the end of its stem, by whole characters. What is too long to be an extension
  /// is part of the stem.
  static func numbered(_ name: [UInt8], _ number: Int, room: Int = 0) -> [UInt8] {
    let suffix = number == 1 ? [] : Array(" (\(number))".utf8)
    let space = longest - room - suffix.count
    let stem = RelativePath(unchecked: name).stem
    let ending = name[stem.endIndex...]
    if name.count > space, ending.count > space / 2 { return shorten(name[...], to: space) + suffix }
    return shorten(stem, to: space - ending.count) + suffix + ending
  }

  /// A character has at most 4 bytes; where none begins so near the end, the name is no text.
  private static func shorten(_ stem: ArraySlice<UInt8>, to count: Int) -> [UInt8] {
    guard stem.count > count else { return Array(stem) }
    let end = stem.startIndex + count
    let whole = (0..<4).map { end - $0 }.first { $0 > stem.startIndex && stem[$0] & 0xC0 != 0x80 }
    return Array(stem[..<(whole ?? end)])
  }

  /// A name under which nothing stands in `directory`, nor, with `companion` after it, beside it: the
  /// first of them, or in a directory with many the one after a name that is taken.
  static func first(
    _ name: [UInt8], in directory: RelativePath, of root: RootDirectory, companion: [UInt8] = []
  ) -> RelativePath {
    func candidate(_ number: Int) -> RelativePath {
      directory.appending(numbered(name, number, room: companion.count))
    }
    func isFree(_ number: Int) -> Bool {
      let path = candidate(number)
      return (try? root.status(of: path)) == nil
        && (companion.isEmpty || (try? root.status(of: RelativePath(unchecked: path.bytes + companion))) == nil)
    }
    var (taken, free) = (0, 0)
    for number in numbers {
      free = number
      if isFree(number) { break }
      taken = number
    }
    // Between the two, one that follows a name that is taken.
    while free - taken > 1 {
      let middle = taken + (free - taken) / 2
      if isFree(middle) { free = middle } else { taken = middle }
    }
    return candidate(free)
  }
}
