/// Where a delivery stands. The raw value is what `--state` takes and `--json` prints.
package enum DeliveryState: String, Sendable, CaseIterable {
  /// In the journal; its bytes are not yet acknowledged by S3.
  case pending
  /// S3 acknowledged the object; the record is not yet acknowledged by DynamoDB.
  case uploaded
  /// Object and record are acknowledged: delivered.
  case logged
  /// A fault of this file stopped it; a command or a change of the file starts it again.
  case parked
  /// Gone or replaced before it was uploaded; nothing of it was recorded.
  case withdrawn
  /// Refused by the folder's rules.
  case rejected

  /// Whether the daemon still has work to do on it by itself.
  package var isOpen: Bool { self == .pending || self == .uploaded }

  /// The states that may follow this one. Each arrow is one durable journal transaction.
  package var successors: Set<DeliveryState> {
    switch self {
    case .pending: [.pending, .uploaded, .logged, .parked, .withdrawn, .rejected]
    case .uploaded: [.uploaded, .logged, .parked]
    case .parked: [.pending, .uploaded, .withdrawn]
    case .rejected: [.pending]
    case .logged, .withdrawn: []
    }
  }
}
