package import DeliveryModel

extension Journal {
  /// Ends deliveries that an operator wants no more of: those that are pending, or set aside before anything of them was
  /// acknowledged, or refused. The others stay as they are.
  ///
  /// They become withdrawn, and scans know the file as it is: it is not taken up again unless it changes.
  package func dismiss(_ numbers: [Int64], at moment: Timestamp) async throws(JournalError) -> Dismissed {
    try await write { changeWriter in
      let database = changeWriter.database
      var dismissed = Dismissed()
      for number in Set(numbers).sorted() {
        guard let found = try database.deliveries("WHERE d.number = ?", [.integer(number)]).first else { continue }
        if found.canBeDismissed {
          try changeWriter.dismiss(number, at: moment)
          dismissed.ended.append(found)
        } else {
          dismissed.kept.append(found)
        }
      }
      return dismissed
    }
  }

  /// What a dismissal did.
  package struct Dismissed: Sendable {
    /// Those that were ended, as they were before.
    package var ended: [Delivery] = []
    /// Those that cannot be.
    package var kept: [Delivery] = []

    package init() {}
  }
}

extension Delivery {
  /// Whether an operator may end it. What S3 has acknowledged ends in a record, and a refusal that has none yet does, too.
  package var canBeDismissed: Bool {
    switch state {
    case .pending: true
    case .parked: receipt == nil && verdict?.isRejected != true
    case .rejected: true
    case .uploaded, .logged, .withdrawn: false
    }
  }
}

extension ChangeWriter {
  static let dismissal = "dismissed by the operator"

  fileprivate func dismiss(_ number: Int64, at moment: Timestamp) throws {
    try deleteParts(number)
    try deleteDigests(number)
    try database.run("DELETE FROM errand WHERE delivery = ?", [.integer(number)])
    try database.run(
      """
      UPDATE delivery SET state = 4, last_code = 'dismissed', last_error = ?, ended = ?, upload_id = NULL, part_size = NULL \
      WHERE number = ?
      """, [.text(Self.dismissal), .time(moment), .integer(number)])
  }
}
