import DeliveryModel

/// The attributes of a record as they were written to DynamoDB, or came from there.
package struct LedgerRecord: Sendable {
  /// A value, by DynamoDB's types.
  package enum Value: Sendable {
    /// S.
    case string(String)
    /// N, in DynamoDB's own text.
    case number(String)
    /// B.
    case binary([UInt8])
    /// BOOL.
    case boolean(Bool)
    /// M.
    case map([(name: String, value: Value)])
  }

  /// In any order; no name twice.
  package var attributes: [(name: String, value: Value)]

  package init(_ attributes: [(name: String, value: Value)]) {
    self.attributes = attributes
  }

  /// As an entry has it.
  package var json: CanonicalJSON { .object(attributes.map { .init($0.name, $0.value.json) }) }
}

extension LedgerRecord.Value {
  /// Texts and truth values as they are; bytes in Base64; a number as a number where it is an integer below 2^53 in its
  /// plain form, else its text as a string.
  package var json: CanonicalJSON {
    switch self {
    case .string(let text): .string(text)
    case .number(let text):
      if let value = Int64(text), String(value) == text { .integer(value) } else { .string(text) }
    case .binary(let bytes): .string(Base64.encode(bytes))
    case .boolean(let value): .bool(value)
    case .map(let members): .object(members.map { .init($0.name, $0.value.json) })
    }
  }
}
