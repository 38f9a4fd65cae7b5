/// A small JSON document as a tree (RFC 8259), for the answers of DynamoDB.
///
/// Members of an object keep their order; of members with the same name the first one is found. Numbers stay text.
indirect enum JSONValue: Equatable, Sendable {
  case object([Member])
  case array([JSONValue])
  case string(String)
  case number(String)
  case bool(Bool)
  case null

  struct Member: Equatable, Sendable {
    let name: String
    let value: JSONValue
  }

  /// Reads a whole document; nil for anything that is not exactly one, is larger than `limit`, nests deeper than 32, or has
  /// more values than one for 128 bytes of a limit above 4 MiB, and than 32,768 else.
  init?(parsing bytes: [UInt8], limit: Int = JSONParser.byteLimit) {
    guard bytes.count <= limit else { return nil }
    var parser = JSONParser(bytes, valueLimit: max(JSONParser.valueLimit, limit / 128))
    guard let value = try? parser.document() else { return nil }
    self = value
  }

  /// The member `name` of an object; nil for a missing one and for every other kind of value.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// Writes the document as it would be read.
  func write(to bytes: inout [UInt8]) {
    switch self {
    case .object(let members):
      Self.write(members, "{", "}", to: &bytes) { member, bytes in
        JSONText.append(member.name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.write(to: &bytes)
      }
    case .array(let values): Self.write(values, "[", "]", to: &bytes) { $0.write(to: &$1) }
    case .string(let text): JSONText.append(text, to: &bytes)
    case .number(let text): bytes += text.utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .null: bytes += "null".utf8
    }
  }

  private static func write<Element>(
    _ elements: [Element], _ open: String, _ close: String, to bytes: inout [UInt8],
    _ body: (Element, inout [UInt8]) -> Void
  ) {
    bytes += open.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      body(element, &bytes)
    }
    bytes += close.utf8
  }
}
