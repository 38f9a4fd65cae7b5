import Daemon
import DeliveryModel

/// Prints records one by one, so that a million of them need no memory.
struct AuditWriter {
  enum Format {
    case lines
    case json
    case csv
  }

  let format: Format
  /// Whether the records were compared with their objects.
  let isVerifying: Bool
  private var count = 0

  init(format: Format, isVerifying: Bool) {
    self.format = format
    self.isVerifying = isVerifying
  }

  private static let columns = [
    "uploaded_at", "folder", "source_path", "filename", "size", "sha256", "owner", "object_key", "version_id",
    "delivery_id",
  ]

  func begin() {
    switch format {
    case .lines: break
    case .json: print("[", terminator: "")
    case .csv: print((Self.columns + (isVerifying ? ["result", "differences"] : [])).joined(separator: ","))
    }
  }

  mutating func add(_ record: AuditedRecord) throws {
    switch format {
    case .lines: printLines(record)
    case .json: print((count == 0 ? "\n" : ",\n") + (try JSONOutput.text(record)), terminator: "")
    case .csv:
      var fields = Self.columns.map { record[$0] }
      if let differences = record.differences {
        fields += [differences.isEmpty ? "agrees" : "differs", differences.joined(separator: "; ")]
      }
      print(fields.map(CSVField.quote).joined(separator: ","))
    }
    count += 1
  }

  func end() {
    if format == .json { print(count == 0 ? "]" : "\n]") }
  }

  /// Where they were compared, only those that differ.
  private func printLines(_ record: AuditedRecord) {
    let place = EscapedText.escape(record["folder"] + "/" + record["source_path"])
    let version = record["version_id"].isEmpty ? "" : " version " + EscapedText.escape(record["version_id"])
    let object = "s3://\(EscapedText.escape(record["bucket"] + "/" + record["object_key"]))\(version)"
    guard let differences = record.differences else {
      let size = record.size.map(HumanSize.text) ?? "no size"
      print("\(EscapedText.escape(record["uploaded_at"]))  \(size)  \(place)  \(object)")
      return
    }
    if differences.isEmpty { return }
    print("DIFFERS  \(place)  \(object)")
    for difference in differences { print("         \(difference)") }
  }
}
