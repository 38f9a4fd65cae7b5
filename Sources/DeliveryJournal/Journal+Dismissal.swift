package import DeliveryModel
import GRDB

extension Journal {
  /// Ends deliveries that an operator wants no more of: those that are pending, or set aside before anything of them was
  /// acknowledged, or refused. Returns those that were ended, as they were before; the others stay as they are.
  ///
  /// They become withdrawn, and scans know the file as it is: it is not taken up again unless it changes.
  package func dismiss(_ numbers: [Int64], at moment: Timestamp) async throws(JournalError) -> [Delivery] {
    try await write { changeWriter in
      let database = changeWriter.database
      return try Set(numbers).sorted().compactMap { number -> Delivery? in
        let found = try database.deliveries("WHERE d.number = ?", [.integer(number)]).first
        guard let found, found.canBeDismissed else { return nil }
        try changeWriter.dismiss(number, at: moment)
        return found
      }
    }
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
