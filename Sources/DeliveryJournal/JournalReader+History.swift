package import DeliveryModel

extension JournalReader {
  /// An attempt that failed.
  package struct Attempt: Sendable, Equatable {
    package var at: Timestamp
    /// The delivery's state when it failed: `pending` for the upload, `uploaded` for the record.
    package var state: DeliveryState
    package var code: String
    package var message: String
    /// What the service calls the request; S3 has a second id. AWS support asks for both.
    package var requestID: String?
    package var hostID: String?
  }

  /// The failed attempts of a delivery, oldest first; the newest 50 are kept.
  package func attempts(of number: Int64) throws(JournalError) -> [Attempt] {
    try read { database in
      var attempts: [Attempt] = []
      try database.rows(
        "SELECT at, state, code, message, request_id, host_id FROM attempt WHERE delivery = ? ORDER BY sequence",
        [.integer(number)]
      ) { row in
        let state = StateCode.state(row.integer(1)) ?? .pending
        attempts.append(
          Attempt(
            at: DeliveryRow.time(row.integer(0)), state: state, code: row.text(2), message: row.text(3),
            requestID: row.optionalText(4), hostID: row.optionalText(5)))
        return true
      }
      return attempts
    }
  }

  /// What was delivered since `moment`, oldest first, handed over one by one. `name` is a pattern for the file's name
  /// (`*`, `?`, `[…]`).
  ///
  /// Read in pages, so that a slow taker (a pager) does not keep the daemon's log from being written back. What `body`
  /// throws ends it and is thrown on.
  package func history(
    since moment: Timestamp, folder: String? = nil, name: String? = nil, _ body: (Delivery) throws -> Void
  ) throws {
    var (time, number) = (moment.milliseconds, Int64.min)
    while true {
      let page = try page(after: time, number, folder, name)
      for delivery in page { try body(delivery) }
      guard let last = page.last, let logged = last.logged else { return }
      (time, number) = (logged.milliseconds, last.number)
    }
  }

  private func page(
    after time: Int64, _ number: Int64, _ folder: String?, _ name: String?
  ) throws(JournalError) -> [Delivery] {
    try read { database in
      try database.deliveries(
        """
        WHERE d.logged IS NOT NULL AND (d.logged, d.number) > (?1, ?2) AND (?3 IS NULL OR d.folder = ?3) \
        AND (?4 IS NULL OR CAST(d.name AS TEXT) GLOB ?4) ORDER BY d.logged, d.number
        """, [.integer(time), .integer(number), .text(folder), .text(name)], limit: 500)
    }
  }
}
