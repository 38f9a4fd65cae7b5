import AWSClients
import DeliveryModel

/// A record for the auditor, with what differs from its object.
package struct AuditedRecord: Sendable, Encodable {
  private let record: StoredRecord
  /// In words; empty where all that could be compared agrees, nil where nothing was.
  package let differences: [String]?
  /// Why not all was compared; nil where it was.
  package let unread: UnreadObject?

  init(_ record: StoredRecord, differences: [String]? = nil, unread: UnreadObject? = nil) {
    self.record = record
    self.differences = differences
    self.unread = unread
  }

  init(_ record: StoredRecord) { self.init(record, differences: nil, unread: nil) }

  /// An attribute as the table has it, not escaped; empty where it is missing.
  package subscript(name: String) -> String {
    switch record.attributes[name] {
    case .text(let text), .number(let text), .binary(let text): text
    case nil: ""
    }
  }

  /// Whether it is about a file that was refused, and so about no object.
  package var isOfRefusedFile: Bool { record.isOfRefusedFile }

  /// Bytes; nil where the record has none.
  package var size: Int64? { record.size }

  // MARK: JSON: the record's attributes under their names, `differences`, `unread` and `unread_reason`

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for (name, value) in record.attributes {
      let key = Name(stringValue: name)
      switch value {
      case .text(let text), .binary(let text): try container.encode(text, forKey: key)
      case .number(let text):
        if let number = Int64(text) {
          try container.encode(number, forKey: key)
        } else {
          try container.encode(text, forKey: key)
        }
      }
    }
    if let differences { try container.encode(differences, forKey: Name(stringValue: "differences")) }
    guard let unread else { return }
    try container.encode(unread.kind.rawValue, forKey: Name(stringValue: "unread"))
    try container.encode(unread.reason, forKey: Name(stringValue: "unread_reason"))
  }
}
