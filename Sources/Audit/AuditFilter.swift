import AWSClients
package import DeliveryModel
import Folders

/// Which records an auditor asks for.
package struct AuditFilter: Sendable {
  /// A file's name, or a pattern of names.
  package var name: String?
  package var folder: String?
  /// Who saved it, as the record has it.
  package var savedBy: String?
  /// Of `uploaded_at`; the end is not included.
  package var since: Timestamp?
  package var until: Timestamp?
  /// 64 lower-case hexadecimal digits.
  package var sha256: String?
  /// Read the whole table.
  package var scan = false

  package init() {}

  /// Whether the index, which knows one thing of a record only, found one that is asked for.
  func matches(_ record: StoredRecord) -> Bool {
    if let folder, !record["folder"].isSameText(as: folder) { return false }
    if let savedBy, !record["saved_by"].isSameText(as: savedBy) { return false }
    if let sha256, !record["sha256"].isSameText(as: sha256) { return false }
    // The texts sort as the moments do.
    if let since, record["uploaded_at"] < since.iso8601 { return false }
    if let until, record["uploaded_at"] >= until.iso8601 { return false }
    guard let name else { return true }
    // By bytes, as the index does: for Swift's strings names in NFC and NFD are one.
    if exactName != nil { return record["filename"].isSameText(as: name) }
    let pattern = GlobPattern(name)
    return pattern.matches(path: Array(record[pattern.matchesPath ? "source_path" : "filename"].utf8))
  }

  /// The name where it is no pattern.
  private var exactName: String? {
    guard let name, !name.hasAny(of: "*?[\\/") else { return nil }
    return name
  }

  // MARK: How to find them

  /// Days that are asked one by one, at most.
  private static let dayLimit: Int64 = 3700

  /// The queries that find every matching record, by the most selective index; an empty list where no record can match.
  ///
  /// `folders` are those of the configuration, for a question that names none. Throws where only a scan would do.
  func queries(folders: [String], now: Timestamp) throws(AuditError) -> [RecordQuery] {
    if scan { return [.scan] }
    let last = until.map { ($0 + .milliseconds(-1)).iso8601 }
    if let sha256 { return [.index(.bySHA256, value: sha256, from: since?.iso8601, to: last)] }
    if let exactName { return [.index(.byFilename, value: exactName, from: since?.iso8601, to: last)] }
    guard let since else {
      throw .needsScan(
        "no index finds this: give --sha256, a --name without wildcards, --day or --since; or --scan to read the whole"
          + " table")
    }
    // A clock that is ahead of ours may have written tomorrow's day.
    let end = until ?? now + .seconds(86_400)
    guard end > since else { return [] }
    let days = since.date.daysSinceEpoch...(end + .milliseconds(-1)).date.daysSinceEpoch
    guard days.upperBound - days.lowerBound <= Self.dayLimit else {
      throw .needsScan("more than ten years are asked for day by day: narrow --since and --until, or use --scan")
    }
    return (folder.map { [$0] } ?? folders).flatMap { folder in
      days.map { day in
        let value = folder + "#" + CivilDate(daysSinceEpoch: day).iso8601
        return .index(.byFolderDay, value: value, from: since.iso8601, to: (end + .milliseconds(-1)).iso8601)
      }
    }
  }

  /// Whether the folders of the configuration stand for all: others that once were there are not found.
  package var usesConfiguredFolders: Bool { !scan && sha256 == nil && exactName == nil && folder == nil }
}

/// Why an audit cannot be done.
package enum AuditError: Error, Sendable, Equatable {
  /// Another way to ask, in words.
  case needsScan(String)
  /// AWS or the network, in words.
  case failed(String)
}
