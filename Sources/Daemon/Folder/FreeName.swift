import DeliveryModel
import SystemSupport

/// Names for a file where its own may be taken: `a.pdf`, `a (2).pdf`, `a (3).pdf`.
enum FreeName {
  static let limit = 10_000
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

  /// The first of the names under which nothing stands in `directory`, nor, with `companion` after it, beside it.
  static func first(
    _ name: [UInt8], in directory: RelativePath, of root: RootDirectory, companion: [UInt8] = []
  ) -> RelativePath {
    var number = 1
    while number < limit {
      let candidate = directory.appending(numbered(name, number, room: companion.count))
      let isFree =
        (try? root.status(of: candidate)) == nil
        && (companion.isEmpty || (try? root.status(of: RelativePath(unchecked: candidate.bytes + companion))) == nil)
      if isFree { return candidate }
      number += 1
    }
    return directory.appending(numbered(name, number, room: companion.count))
  }
}
