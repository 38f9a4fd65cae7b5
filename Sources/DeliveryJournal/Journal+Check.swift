import DeliveryModel

extension Journal {
  /// Reads the whole journal and proves that it is sound: for after a power failure. On a connection of its own, as that
  /// takes seconds for a million deliveries, and an hour on a slow disk.
  ///
  /// Returns what is wrong, nil if nothing: a damaged journal fails at once for everybody, and the next start sets it aside.
  /// Throws ``JournalError/interrupted`` when the task is cancelled, or after ``interruptCheck()``.
  package func damage() async throws(JournalError) -> String? {
    do {
      return try await withTaskCancellationHandler {
        try await onOwnConnection { [path, check] database in
          try check.run(database) {
            guard let found = try Self.findDamage(database) else { return nil }
            _ = self.guardian.failed(JournalError.damaged(path: path, reason: found), .reader)
            return found
          }
        }
      } onCancel: {
        check.interrupt(orNext: true)
      }
    } catch {
      throw JournalError(error, path: path)
    }
  }

  /// Ends a check that is under way, so that what it keeps of the log can be written back.
  package func interruptCheck() { check.interrupt(orNext: false) }

  private static func findDamage(_ database: Database) throws -> String? {
    do {
      let answer = try database.first("PRAGMA quick_check(1)") { $0.text(0) } ?? "no answer"
      guard answer == "ok" else { return EscapedText.escape(answer) }
      return try database.first("PRAGMA foreign_key_check") { "a row of \($0.text(0)) belongs to no delivery" }
    } catch let error as SQLFailure where error.isDamage {
      return error.reason
    }
  }

  /// Reads on a connection that is opened for it and closed after.
  func onOwnConnection<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws(JournalError) -> Value {
    let connection: DatabaseQueue
    do {
      connection = try JournalConnection.reader(path)
    } catch {
      throw guardian.failed(error, .reader)
    }
    let result: Result<Value, JournalError> = await withCheckedContinuation { continuation in
      connection.async { [guardian] in continuation.resume(returning: guardian.attempt(.reader, $0, work)) }
    }
    connection.close()
    return try result.get()
  }
}
