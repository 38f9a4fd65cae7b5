import Daemon
import DeliveryModel

/// Prints delivered files one by one, so that a million of them need no memory.
struct HistoryWriter {
  enum Format {
    case lines
    case json
    case csv
  }

  let format: Format
  private var count = 0

  init(format: Format) {
    self.format = format
  }

  func begin() throws {
    switch format {
    case .lines: break
    case .json: print("[", terminator: "")
    case .csv: print("number,recorded_at,folder,file,size,sha256,object_key,version_id,delivery_id")
    }
  }

  mutating func add(_ delivery: Delivery) throws {
    let report = DeliveryReport(delivery)
    switch format {
    case .lines:
      let number = Self.right(String(report.number), 8)
      let file = delivery.file.folder + "/" + delivery.file.path.escaped
      print("\(report.loggedAt ?? "")  \(number)  \(Self.right(HumanSize.text(report.size), 10))  \(file)")
    case .json: print((count == 0 ? "\n" : ",\n") + (try JSONOutput.text(report)), terminator: "")
    case .csv:
      let fields = [
        String(report.number), report.loggedAt ?? "", report.folder, report.sourcePath, String(report.size),
        report.sha256 ?? "", report.objectKey ?? "", report.versionID ?? "", report.deliveryID ?? "",
      ]
      print(fields.map(CSVField.quote).joined(separator: ","))
    }
    count += 1
  }

  /// Text at the right edge of a column: what is streamed cannot be measured first.
  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  func end() {
    if format == .json { print(count == 0 ? "]" : "\n]") }
  }
}

/// A field of CSV (RFC 4180) that no spreadsheet takes for a formula.
enum CSVField {
  static func quote(_ text: String) -> String {
    let safe = text.first.map { "=+-@\t\r".contains($0) } ?? false ? "'" + text : text
    guard safe.contains(where: { ",\"\n\r".contains($0) }) else { return safe }
    return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
