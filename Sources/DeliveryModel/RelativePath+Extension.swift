extension RelativePath {
  /// The name without its last extension. A leading dot begins no extension: `.profile` is all stem.
  package var stem: ArraySlice<UInt8> {
    name[..<(extensionDot ?? name.endIndex)]
  }

  /// The last extension without its dot; empty if there is none.
  package var fileExtension: ArraySlice<UInt8> {
    extensionDot.map { name[($0 + 1)...] } ?? []
  }

  private var extensionDot: Int? {
    name.dropFirst().lastIndex(of: UInt8(ascii: "."))
  }
}
