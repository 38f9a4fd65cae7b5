import DeliveryModel

/// A text as one word of a shell's command (POSIX, 2.2 Quoting): what a person copies must name what was meant.
enum ShellWord {
  static func quote(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "/._-".utf8.contains(byte)
    }
    if isPlain && !text.isEmpty { return text }
    guard text.unicodeScalars.allSatisfy(EscapedText.isPrintable) else { return printed(text) }
    return "'" + text.replacingEach("'", by: "'\\''") + "'"
  }

  /// What could act on a terminal instead of being read stands as octal digits, which `printf(1)` turns back. A shell takes
  /// line ends away from the end of what a command wrote: those follow as they are.
  private static func printed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let lineEnds = bytes.reversed().prefix { $0 == UInt8(ascii: "\n") }.count
    let format = bytes.dropLast(lineEnds).enumerated().map { index, byte -> String in
      // A hyphen at the beginning would be an option.
      let isPlain = byte >= 0x20 && byte < 0x7f && !(index == 0 ? "%\\'-" : "%\\'").utf8.contains(byte)
      let octal = String(byte, radix: 8)
      return isPlain
        ? String(Unicode.Scalar(byte)) : "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
    let ending = lineEnds == 0 ? "" : "'" + String(repeating: "\n", count: lineEnds) + "'"
    return "\"$(printf '\(format.joined())')\"" + ending
  }
}
