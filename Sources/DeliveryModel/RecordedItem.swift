/// A record as the table holds it: what was written there, or what it showed of an earlier writing.
package struct RecordedItem: Sendable, Equatable {
  /// An attribute's value.
  package enum Value: Sendable, Equatable {
    case text(String)
    /// A number as DynamoDB writes it.
    case number(String)
    /// Bytes in Base64.
    case binary(String)
  }

  /// By name; no order is kept by the table.
  package var attributes: [String: Value]
  /// Whether it was there before this delivery: another host's, or that of an earlier journal.
  package var isEarlier: Bool

  package init(attributes: [String: Value], isEarlier: Bool = false) {
    self.attributes = attributes
    self.isEarlier = isEarlier
  }
}
