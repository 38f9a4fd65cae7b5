/// The text of an INI file as Python's configparser takes it apart, which is how botocore and the AWS CLI read theirs:
/// full-line comments, `=` or `:`, values that go on in indented lines, the section `DEFAULT` for all others.
///
/// https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
///
/// Where that parser refuses a whole file (a line that is neither, a section or a key twice, a line before the first
/// section) the rest of it is read: a line is passed over, sections are one, the later value counts.
struct INIText {
  struct Section: Equatable {
    /// What stands between the brackets, without the space around it.
    var name: String
    /// By lower-case key. The lines of a value are joined by line feeds; one that begins on the next line begins with one.
    var values: [String: String]
  }

  /// In the order in which they begin.
  let sections: [Section]

  init(parsing bytes: [UInt8]) {
    let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
    var reader = Reader()
    for line in Self.lines(Substring(decoding: text, as: UTF8.self).unicodeScalars) { reader.read(line) }
    sections = reader.result
  }

  typealias Scalars = Substring.UnicodeScalarView

  /// Ended by LF, CR or both, as Python reads text files.
  private static func lines(_ text: Scalars) -> [Scalars] {
    var lines: [Scalars] = []
    var rest = text
    while let end = rest.firstIndex(where: { $0 == "\n" || $0 == "\r" }) {
      lines.append(rest[..<end])
      let isPair = rest[end] == "\r" && rest[rest.index(after: end)...].first == "\n"
      rest = rest[rest.index(end, offsetBy: isPair ? 2 : 1)...]
    }
    return lines + [rest]
  }

  /// Space as Python's `str.strip` knows it.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
  }

  static func trimmed(_ text: Scalars) -> Scalars {
    guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
    else {
      return Scalars()
    }
    return text[first...last]
  }
}

extension INIText {
  /// Takes line after line.
  private struct Reader {
    private var sections: [Section] = []
    private var defaults: [String: [String]] = [:]
    private var values: [[String: [String]]] = []
    private var place = Place.nowhere
    /// The key whose value may go on.
    private var key: String?
    /// How far the last section or key is indented.
    private var indentation = 0

    /// Where the next key belongs.
    private enum Place {
      /// Before the first section, or in one whose header is broken.
      case nowhere
      case defaults
      case section(Int)
    }

    mutating func read(_ line: Scalars) {
      let content = INIText.trimmed(line)
      if content.first == "#" || content.first == ";" { return }
      if content.isEmpty { return goOn(with: "") }
      let indentation = line.distance(from: line.startIndex, to: content.startIndex)
      if key != nil, indentation > self.indentation { return goOn(with: String(content)) }
      self.indentation = indentation
      if content.first == "[" { begin(content) } else { set(content) }
    }

    private mutating func goOn(with line: String) {
      guard let key else { return }
      change { $0[key, default: []].append(line) }
    }

    /// What follows the last bracket of a header is passed over.
    private mutating func begin(_ header: Scalars) {
      key = nil
      place = .nowhere
      guard let end = header.lastIndex(of: "]") else { return }
      let name = String(INIText.trimmed(header[header.index(after: header.startIndex)..<end]))
      if name.isEmpty { return }
      if name == "DEFAULT" {
        place = .defaults
      } else if let known = sections.firstIndex(where: { $0.name.unicodeScalars.elementsEqual(name.unicodeScalars) }) {
        place = .section(known)
      } else {
        place = .section(sections.count)
        sections.append(Section(name: name, values: [:]))
        values.append([:])
      }
    }

    private mutating func set(_ content: Scalars) {
      key = nil
      guard let mark = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return }
      let name = String(INIText.trimmed(content[..<mark])).lowercased()
      if name.isEmpty { return }
      key = name
      let value = String(INIText.trimmed(content[content.index(after: mark)...]))
      change { $0[name] = [value] }
    }

    private mutating func change(_ change: (inout [String: [String]]) -> Void) {
      switch place {
      case .nowhere: break
      case .defaults: change(&defaults)
      case .section(let index): change(&values[index])
      }
    }

    var result: [Section] {
      zip(sections, values).map { section, values in
        let all = defaults.merging(values) { _, own in own }
        return Section(name: section.name, values: all.mapValues(Self.joined))
      }
    }

    private static func joined(_ lines: [String]) -> String {
      let text = Substring(lines.joined(separator: "\n")).unicodeScalars
      guard let last = text.lastIndex(where: { !INIText.isSpace($0) }) else { return "" }
      return String(text[...last])
    }
  }
}
