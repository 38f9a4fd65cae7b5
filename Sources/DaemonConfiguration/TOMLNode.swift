import TOMLKit

/// A parsed TOML value, owned by Swift: nothing else sees the parser's types.
indirect enum TOMLNode {
  case table([String: TOMLNode])
  case array([TOMLNode])
  case string(String)
  case integer(Int)
  case boolean(Bool)
  /// A number with a fraction, a date or a time: no key takes one.
  case other

  /// A syntax error: where, and what the parser says.
  struct SyntaxError: Error {
    let position: TOMLPosition
    let message: String
  }

  /// Parses a document that ``ConfigurationText`` let pass. Throws the first syntax error.
  static func parse(_ text: String) throws(SyntaxError) -> [String: TOMLNode] {
    do {
      return entries(of: try TOMLTable(string: text))
    } catch let error as TOMLParseError {
      let position = TOMLPosition(line: max(error.source.begin.line, 1), column: max(error.source.begin.column, 1))
      throw SyntaxError(position: position, message: error.description)
    } catch {
      throw SyntaxError(position: .start, message: "cannot be read as TOML")
    }
  }

  private static func entries(of table: TOMLTable) -> [String: TOMLNode] {
    var entries = [String: TOMLNode]()
    for key in table.keys {
      if let value = table[key] { entries[key] = TOMLNode(value) }
    }
    return entries
  }

  private init(_ value: any TOMLValueConvertible) {
    if let text = value.string {
      self = .string(text)
    } else if let number = value.int {
      self = .integer(number)
    } else if let flag = value.bool {
      self = .boolean(flag)
    } else if let table = value.table {
      self = .table(Self.entries(of: table))
    } else if let array = value.array {
      self = .array((0..<array.count).map { TOMLNode(array[$0]) })
    } else {
      self = .other
    }
  }

  /// What it is, in words.
  var kind: String {
    switch self {
    case .table: "a table"
    case .array: "a list"
    case .string: "text in quotes"
    case .integer: "a whole number"
    case .boolean: "true or false"
    case .other: "a fraction, a date or a time"
    }
  }
}
