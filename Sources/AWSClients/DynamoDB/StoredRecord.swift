package import DeliveryModel

/// A record as it is in the table. Whoever could write there wrote it: nothing in it is trusted to be as it should.
package struct StoredRecord: Sendable, Equatable {
  package typealias Value = RecordedItem.Value

  /// Those of the kinds that the daemon writes, by name.
  package let attributes: [String: Value]

  package init(attributes: [String: Value]) {
    self.attributes = attributes
  }

  init(item: JSONValue) {
    var attributes: [String: Value] = [:]
    if case .object(let members) = item {
      for member in members {
        attributes[member.name] =
          member.value["S"]?.text.map(Value.text) ?? member.value["N"]?.text.map(Value.number)
          ?? member.value["B"]?.text.map(Value.binary)
      }
    }
    self.attributes = attributes
  }

  /// A text; empty where it is missing.
  package subscript(name: String) -> String {
    guard case .text(let text)? = attributes[name] else { return "" }
    return text
  }

  /// What the key of a refused file's record begins with.
  static let refusedPrefix = "rejected:"

  /// Whether it is about a file that was refused, and so about no object. Its key says so too, which nobody can change.
  package var isOfRefusedFile: Bool {
    self["status"] == "rejected" && self["object_key"].beginsWith(Self.refusedPrefix)
  }

  /// Bytes; nil where it is missing or no whole number.
  package var size: Int64? {
    guard case .number(let text)? = attributes["size"] else { return nil }
    return Int64(text)
  }
}

/// Some of the records that were asked for.
package struct RecordPage: Sendable {
  /// Where the next page begins.
  package struct Position: Sendable, Equatable {
    let key: JSONValue
  }

  package var records: [StoredRecord]
  /// How many records, also where they were only counted.
  package var count: Int
  /// Nil where there is no further page.
  package var next: Position?
}
