/// The bytes of a name as text of an object key, without loss: two names never give one text.
///
/// Bytes that are not UTF-8, control characters, U+FFFE, U+FFFF, and a `%` that two hexadecimal digits follow become `%XX`;
/// everything else stays as it is, not normalised. Undoing every `%XX` gives the name back.
package enum ObjectKeyEncoding {
  /// The encoded text of `bytes`, slashes included.
  package static func encode(_ bytes: some Collection<UInt8>) -> String {
    var result = [UInt8]()
    append(bytes, to: &result)
    return String(decoding: result, as: UTF8.self)
  }

  static func append(_ bytes: some Collection<UInt8>, to result: inout [UInt8]) {
    if bytes.allSatisfy(isPlain) {
      result.append(contentsOf: bytes)
      return
    }
    var rest = Array(bytes)[...]
    while let first = rest.first {
      let length = leadingTextLength(of: rest)
      if length > 0 {
        result.append(contentsOf: rest.prefix(length))
      } else {
        appendEncoded(first, to: &result)
      }
      rest = rest.dropFirst(max(length, 1))
    }
  }

  /// The same for a value that is one segment: its slashes are encoded too.
  static func appendSegment(_ bytes: some Collection<UInt8>, to result: inout [UInt8]) {
    for (index, piece) in bytes.split(separator: RelativePath.slash, omittingEmptySubsequences: false).enumerated() {
      if index > 0 { appendEncoded(RelativePath.slash, to: &result) }
      append(piece, to: &result)
    }
  }

  /// How many bytes at the front are one character to keep; 0 where the first byte is to be encoded.
  private static func leadingTextLength(of bytes: ArraySlice<UInt8>) -> Int {
    guard let first = bytes.first else { return 0 }
    if first < 0x80 {
      let keeps = isPlain(first) || first == percent && !hasTwoDigits(bytes.dropFirst())
      return keeps ? 1 : 0
    }
    for length in 2...4 where length <= bytes.count {
      guard let text = String(validating: bytes.prefix(length), as: UTF8.self) else { continue }
      return text.unicodeScalars.allSatisfy(isKept) ? length : 0
    }
    return 0
  }

  /// U+FFFE and U+FFFF cannot stand in XML, in which S3 lists keys.
  private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory != .control && !(0xFFFE...0xFFFF ~= scalar.value)
  }

  private static func hasTwoDigits(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count >= 2 && bytes.prefix(2).allSatisfy(isHexadecimalDigit)
  }

  private static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }

  /// ASCII that always stays as it is.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7f && byte != percent
  }

  private static func appendEncoded(_ byte: UInt8, to result: inout [UInt8]) {
    result.append(percent)
    result.append(upperCaseDigit(byte >> 4))
    result.append(upperCaseDigit(byte & 15))
  }

  private static func upperCaseDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static var percent: UInt8 { UInt8(ascii: "%") }
}
