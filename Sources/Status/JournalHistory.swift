package import DeliveryModel

/// How much of the past the journal holds.
package struct JournalHistory: Sendable, Equatable {
  /// What it takes now.
  package var bytes: Int64
  /// What it may take.
  package var limit: Int64
  /// Since when it is whole, where it had to be shortened for the journal's size.
  package var since: Timestamp?
  /// Whether nothing is removed for its age, as nobody has confirmed the clock.
  package var isHeld = false

  package init(bytes: Int64, limit: Int64, since: Timestamp?, isHeld: Bool = false) {
    self.bytes = bytes
    self.limit = limit
    self.since = since
    self.isHeld = isHeld
  }
}
