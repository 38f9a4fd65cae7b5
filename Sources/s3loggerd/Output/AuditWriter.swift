import Audit
import Daemon
import DeliveryModel

/// Prints records one by one.
struct AuditWriter {
  private var list: ListOutput
  /// Whether the records were compared with their objects.
  private let isVerifying: Bool

  init(format: ListOutput.Format, isVerifying: Bool) {
    list = ListOutput(format: format)
    self.isVerifying = isVerifying
  }

  private static let columns = [
    "uploaded_at", "folder", "source_path", "filename", "size", "sha256", "owner", "object_key", "version_id",
    "delivery_id",
  ]

  func begin() { list.begin(columns: Self.columns + (isVerifying ? ["result", "differences", "unread"] : [])) }

  mutating func add(_ record: AuditedRecord) throws {
    let isVerifying = isVerifying
    try list.add(record, lines: Self.lines(record), fields: Self.fields(record, isVerifying))
  }

  func end() { list.end() }

  private static func fields(_ record: AuditedRecord, _ isVerifying: Bool) -> [String] {
    let fields = columns.map { record[$0] }
    guard isVerifying else { return fields }
    let unread = record.unread?.reason ?? ""
    guard let differences = record.differences else {
      return fields + [record.isOfRefusedFile ? "refused" : record.unread?.kind.rawValue ?? "unread", "", unread]
    }
    let result = differences.isEmpty ? record.unread?.kind.rawValue ?? "agrees" : "differs"
    return fields + [result, differences.joined(separator: "; "), unread]
  }

  /// Where they were compared, only those that differ or could not be.
  private static func lines(_ record: AuditedRecord) -> [String] {
    let place = EscapedText.escape(record["folder"] + "/" + record["source_path"])
    let version = record["version_id"].isEmpty ? "" : " version " + EscapedText.escape(record["version_id"])
    let object =
      record.isOfRefusedFile
      ? "refused: \(EscapedText.escape(record["reason"]))"
      : "s3://\(EscapedText.escape(record["bucket"] + "/" + record["object_key"]))\(version)"
    if let unread = record.unread {
      let differences = record.differences ?? []
      let word = differences.isEmpty ? words[unread.kind] ?? "UNREAD  " : "DIFFERS "
      return ["\(word) \(place)  \(object)"] + (differences + [unread.reason]).map { "         \($0)" }
    }
    guard let differences = record.differences else {
      let size = record.size.map(HumanSize.text) ?? "no size"
      return ["\(EscapedText.escape(record["uploaded_at"]))  \(size)  \(place)  \(object)"]
    }
    return differences.isEmpty ? [] : ["DIFFERS  \(place)  \(object)"] + differences.map { "         \($0)" }
  }

  /// What a line begins with where an object could not be compared.
  private static let words: [UnreadObject.Kind: String] = [
    .archived: "ARCHIVED", .denied: "REFUSED ", .unread: "UNREAD  ",
  ]
}
