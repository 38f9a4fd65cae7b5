import Daemon
import DeliveryModel

/// Prints delivered files one by one.
struct HistoryWriter {
  private var list: ListOutput

  init(format: ListOutput.Format) {
    list = ListOutput(format: format)
  }

  private static let columns = [
    "number", "recorded_at", "folder", "file", "size", "sha256", "object_key", "version_id", "delivery_id",
  ]

  func begin() { list.begin(columns: Self.columns) }

  mutating func add(_ delivery: Delivery) throws {
    let report = DeliveryReport(delivery)
    try list.add(report, lines: [Self.line(delivery, report)], fields: Self.fields(report))
  }

  func end() { list.end() }

  private static func line(_ delivery: Delivery, _ report: DeliveryReport) -> String {
    let number = right(String(report.number), 8)
    let file = delivery.file.folder + "/" + delivery.file.path.escaped
    return "\(report.loggedAt ?? "")  \(number)  \(right(HumanSize.text(report.size), 10))  \(file)"
  }

  private static func fields(_ report: DeliveryReport) -> [String] {
    [
      String(report.number), report.loggedAt ?? "", report.folder, report.sourcePath, String(report.size),
      report.sha256 ?? "", report.objectKey ?? "", report.versionID ?? "", report.deliveryID ?? "",
    ]
  }

  /// Text at the right edge of a column: what is streamed cannot be measured first.
  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
