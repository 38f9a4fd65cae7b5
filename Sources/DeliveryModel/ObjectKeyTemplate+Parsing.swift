/// Why a text is no object-key template.
package enum ObjectKeyTemplateError: Error, Equatable, CustomStringConvertible {
  case empty
  /// `{` without its `}`; the text from there on.
  case unclosed(String)
  /// `}` without its `{`.
  case strayBrace
  /// The name between braces.
  case unknownPlaceholder(String)
  case controlCharacter
  /// The template's own slashes make an empty segment: at the beginning, at the end, or two together.
  case emptySegment
  /// A segment of the template is `.` or `..`.
  case dotSegment
  /// The literal text alone is longer than a key may be; its bytes.
  case tooLong(Int)

  package var description: String {
    switch self {
    case .empty: "is empty; write a template such as \"{folder}/{path}\""
    case .unclosed(let text): "has a { without its } at \"\(EscapedText.escape(text))\"; close it"
    case .strayBrace: "has a } without its {; remove it"
    case .unknownPlaceholder(let name):
      "has the unknown placeholder {\(EscapedText.escape(name))}; those there are: \(Self.allPlaceholders)"
    case .controlCharacter: "has a control character; use printable text"
    case .emptySegment: "begins or ends with a slash or has two together; remove the extra slash"
    case .dotSegment: "has a segment \".\" or \"..\"; remove it"
    case .tooLong(let bytes): "has \(bytes) bytes of its own; a key has at most \(ObjectKeyTemplate.maximumBytes)"
    }
  }

  private static let allPlaceholders = ObjectKeyTemplate.Placeholder.allCases
    .map { "{\($0.rawValue)}" }.joined(separator: " ")
}

extension ObjectKeyTemplate {
  /// Reads a template. Throws an error that names the offending placeholder or text.
  package static func parse(_ text: String) throws(ObjectKeyTemplateError) -> ObjectKeyTemplate {
    guard !text.isEmpty else { throw .empty }
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw .controlCharacter
    }
    let parts = try split(text)
    try checkSegments(of: parts)
    return ObjectKeyTemplate(parts: parts, description: text)
  }

  private static func split(_ text: String) throws(ObjectKeyTemplateError) -> [Part] {
    var parts = [Part]()
    var rest = Array(text.utf8)[...]
    while let first = rest.first {
      let end = rest.firstIndex { $0 == openingBrace || $0 == closingBrace } ?? rest.endIndex
      if end > rest.startIndex {
        parts.append(.literal(Array(rest[..<end])))
        rest = rest[end...]
      } else if first == openingBrace {
        parts.append(.placeholder(try takePlaceholder(from: &rest)))
      } else {
        throw .strayBrace
      }
    }
    return parts
  }

  private static func takePlaceholder(
    from rest: inout ArraySlice<UInt8>
  ) throws(ObjectKeyTemplateError) -> Placeholder {
    let inside = rest.dropFirst()
    guard let end = inside.firstIndex(where: { $0 == closingBrace || $0 == openingBrace }), inside[end] == closingBrace
    else { throw .unclosed(String(decoding: rest, as: UTF8.self)) }
    let name = String(decoding: inside[..<end], as: UTF8.self)
    guard let placeholder = Placeholder(rawValue: name) else { throw .unknownPlaceholder(name) }
    rest = inside[(end + 1)...]
    return placeholder
  }

  /// Finds what no value could make right: every placeholder stands in for one letter.
  private static func checkSegments(of parts: [Part]) throws(ObjectKeyTemplateError) {
    let sample = parts.flatMap { part in
      guard case .literal(let bytes) = part else { return [UInt8(ascii: "x")] }
      return bytes
    }
    switch ObjectKeyError.problem(of: sample) {
    case nil: return
    case .emptySegment: throw .emptySegment
    case .dotSegment: throw .dotSegment
    case .tooLong(let bytes): throw .tooLong(bytes)
    }
  }

  private static var openingBrace: UInt8 { UInt8(ascii: "{") }
  private static var closingBrace: UInt8 { UInt8(ascii: "}") }
}
