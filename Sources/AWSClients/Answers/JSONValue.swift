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

  /// Reads a whole document; nil for anything that is not exactly one, is larger than 1 MiB or nests deeper than 32.
  init?(parsing bytes: [UInt8]) {
    guard bytes.count <= JSONParser.byteLimit else { return nil }
    var parser = JSONParser(bytes)
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
}
