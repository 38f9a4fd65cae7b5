import AWSClients
package import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// `audit`: finds records and compares them with their objects, with the auditor's rights.
package struct Audit: Sendable {
  private let configuration: Configuration
  private let session: AuditSession
  private let filter: AuditFilter
  private let queries: [RecordQuery]

  /// Throws where the question cannot be answered by an index.
  package init(
    _ filter: AuditFilter, _ configuration: Configuration, environment: [String: String]
  ) throws(AuditError) {
    self.filter = filter
    self.configuration = configuration
    queries = try filter.queries(folders: configuration.folders.map(\.name), now: WallClock.now)
    session = try AuditSession(configuration, environment: environment)
  }

  /// Ends every connection.
  package func close() { session.close() }

  /// How many records the indexes find, before the rest of the filter; for a progress bar.
  package func count() async throws(AuditError) -> Int {
    var count = 0
    try await session.eachPage(of: queries, countOnly: true) { page throws(AuditError) in count += page.count }
    return count
  }

  /// Hands over each matching record.
  package func find(_ body: (AuditedRecord) throws -> Void) async throws(AuditError) {
    try await session.eachPage(of: queries) { page throws(AuditError) in
      for record in page.records where filter.matches(record) { try Self.hand(AuditedRecord(record), to: body) }
    }
  }

  private static func hand(_ record: AuditedRecord, to body: (AuditedRecord) throws -> Void) throws(AuditError) {
    do {
      try body(record)
    } catch {
      throw .failed("\(error)")
    }
  }

  /// Records compared at once.
  private static let concurrency = 16

  /// Objects in a row of which S3 gives no answer at all, each asked for again and again, until the audit ends: then it is
  /// the network, not the objects.
  private static let silenceLimit = 2 * concurrency

  /// Compares each matching record with its object and hands it over with what differs, in the order of the index; one of a
  /// refused file, which has no object, as it is. An object that S3 does not give out is handed over with the reason, and
  /// the next ones are compared all the same.
  ///
  /// `content`: reads every object and hashes it. `progress` reports records passed and bytes read. Throws where there
  /// are no records or no credentials to be had, or no answer of S3 to many requests in a row.
  package func verify(
    content: Bool, progress: @escaping @Sendable (AuditProgress) -> Void, _ body: (AuditedRecord) throws -> Void
  ) async throws(AuditError) {
    var silence = 0
    try await session.eachPage(of: queries) { page throws(AuditError) in
      let matching = page.records.filter(filter.matches)
      progress(AuditProgress(records: page.records.count - matching.count, bytes: 0))
      for start in stride(from: 0, to: matching.count, by: Self.concurrency) {
        let some = Array(matching[start..<min(start + Self.concurrency, matching.count)])
        for record in try await compare(some, content: content, progress) {
          try Self.hand(record, to: body)
          silence = record.unread?.isWithoutAnswer == true ? silence + 1 : 0
          if silence >= Self.silenceLimit, let unread = record.unread {
            throw .failed("\(unread.reason); so it was for the last \(silence) objects, and the audit ends here")
          }
        }
      }
    }
  }

  private func compare(
    _ records: [StoredRecord], content: Bool, _ progress: @escaping @Sendable (AuditProgress) -> Void
  ) async throws(AuditError) -> [AuditedRecord] {
    let results = await withTaskGroup(of: (Int, Result<AuditedRecord, AuditError>).self) { group in
      for (index, record) in records.enumerated() {
        group.addTask { (index, await result(record, content: content, progress)) }
      }
      var results: [(Int, Result<AuditedRecord, AuditError>)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
    var compared: [AuditedRecord] = []
    for result in results { compared.append(try result.get()) }
    return compared
  }

  private func result(
    _ record: StoredRecord, content: Bool, _ progress: @Sendable (AuditProgress) -> Void
  ) async -> Result<AuditedRecord, AuditError> {
    do throws(AuditError) {
      let compared = try await audited(record, content: content, progress)
      progress(AuditProgress(records: 1, bytes: 0))
      return .success(compared)
    } catch {
      return .failure(error)
    }
  }

  private func audited(
    _ record: StoredRecord, content: Bool, _ progress: @Sendable (AuditProgress) -> Void
  ) async throws(AuditError) -> AuditedRecord {
    if record.isOfRefusedFile { return AuditedRecord(record) }
    guard record["bucket"] == configuration.aws.bucket else {
      let found = EscapedText.escape(record["bucket"])
      return AuditedRecord(record, differences: ["the record is about the bucket \(found), not the configured one"])
    }
    let version = ObjectVersion(
      key: record["object_key"], versionID: record["version_id"].isEmpty ? nil : record["version_id"])
    var differences: [String]?
    do throws(AuditSession.Refusal) {
      let object = try await session.object(version)
      let comparison = ObjectComparison(record: record, object: object, expected: configuration.upload)
      differences = comparison.differences
      guard content, let object else { return AuditedRecord(record, differences: differences) }
      let digest = try await session.digest(version, object) { progress(AuditProgress(records: 0, bytes: $0)) }
      return AuditedRecord(
        record, differences: comparison.differences + [comparison.contentDifference(digest)].compactMap { $0 })
    } catch {
      guard case .request(let failure) = error else { throw error.error }
      if UnreadObject.isMissing(failure) { return AuditedRecord(record, differences: [ObjectComparison.missing]) }
      return AuditedRecord(record, differences: differences, unread: UnreadObject(failure))
    }
  }
}

/// How far a verification came since the last word of it.
package struct AuditProgress: Sendable {
  package var records: Int
  package var bytes: Int
}
