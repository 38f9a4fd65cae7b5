/// The path of a file below its folder's root, as the bytes the kernel gave: not necessarily UTF-8, never normalised.
///
/// It has no leading `/`, and no empty, `.` or `..` segment. Names are hostile: use ``escaped`` wherever a person or a
/// log will see it.
package struct RelativePath: Hashable, Sendable {
  /// The bytes, segments separated by `/`. Empty for the root itself.
  package let bytes: [UInt8]

  /// Wraps bytes that came from reading a directory, so they are known to be well formed.
  package init(unchecked bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Wraps bytes from outside (a command line, the journal).
  ///
  /// Returns nil for an absolute path, a NUL, or an empty, `.` or `..` segment.
  package init?(validating bytes: [UInt8]) {
    let segments = bytes.split(separator: Self.slash, omittingEmptySubsequences: false)
    for segment in segments {
      if segment.isEmpty || segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) { return nil }
      if segment.contains(0) { return nil }
    }
    self.bytes = bytes
  }

  /// The folder's root.
  package static let root = RelativePath(unchecked: [])

  static let slash = UInt8(ascii: "/")

  /// The path of the entry `name` in this directory.
  package func appending(_ name: some Collection<UInt8>) -> RelativePath {
    var joined = [UInt8]()
    joined.reserveCapacity(bytes.count + 1 + name.count)
    joined.append(contentsOf: bytes)
    if !bytes.isEmpty { joined.append(Self.slash) }
    joined.append(contentsOf: name)
    return RelativePath(unchecked: joined)
  }

  /// The last segment.
  package var name: ArraySlice<UInt8> {
    guard let slash = bytes.lastIndex(of: Self.slash) else { return bytes[...] }
    return bytes[(slash + 1)...]
  }

  /// The directory that holds the entry; the root for a path of one segment.
  package var directory: RelativePath {
    guard let slash = bytes.lastIndex(of: Self.slash) else { return .root }
    return RelativePath(unchecked: Array(bytes[..<slash]))
  }

  /// Whether a file can have it on Linux: `PATH_MAX` without its NUL, `NAME_MAX` for each segment.
  package var isPossible: Bool {
    bytes.count <= 4095 && bytes.split(separator: Self.slash).allSatisfy { $0.count <= 255 }
  }

  /// The path as text that cannot forge a line, move a cursor or reverse the reading direction.
  package var escaped: String { EscapedText.escape(bytes) }

  /// The path as UTF-8 text, or nil where the bytes are not UTF-8.
  package var utf8Text: String? { String(validating: bytes, as: UTF8.self) }
}

/// A file's place among all folders.
package struct PathKey: Hashable, Sendable {
  package let folder: String
  package let path: RelativePath

  package init(folder: String, path: RelativePath) {
    self.folder = folder
    self.path = path
  }
}
