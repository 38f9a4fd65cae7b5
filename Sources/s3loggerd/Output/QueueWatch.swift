import Daemon
import DeliveryModel

/// `queue --watch`: the queue redrawn in place, with a bar, a rate and what is left of each upload.
struct QueueWatch {
  private static let barWidth = 20
  private var rates = TransferRates()

  init() {}

  /// The next picture. `sent` are the bytes under way of each, beyond what S3 has; `total` is how many are on their way or set aside in all.
  mutating func frame(
    _ deliveries: [Delivery], sent: [Int64: Int64], total: Int, status: String, screen: Screen, now: Timestamp,
    at instant: ContinuousClock.Instant
  ) -> [String] {
    let reports = deliveries.map { delivery in
      var report = DeliveryReport(delivery)
      report.bytesDone = min(report.size, report.bytesDone + sent[report.number, default: 0])
      return report
    }
    rates.take(Dictionary(uniqueKeysWithValues: reports.map { ($0.number, $0.bytesDone) }), at: instant)
    var table = Table(
      header: ["NUMBER", "STATE", "SIZE", "AGE", "PROGRESS", "RATE", "LEFT", "FILE"], numeric: [0, 2, 3, 5, 6])
    table.rows = zip(deliveries, reports).map { row($0, $1, now) }
    var lines = [screen.fit(status, after: 0), ""]
    lines += deliveries.isEmpty ? ["nothing is pending"] : table.lines(on: screen)
    if total > deliveries.count { lines.append("and \(total - deliveries.count) more") }
    return lines
  }

  private func row(_ delivery: Delivery, _ report: DeliveryReport, _ now: Timestamp) -> [Table.Cell] {
    let rate = rates.rate(of: delivery.number).map { HumanSize.text(Int64($0)) + "/s" }
    let left = rates.remaining(of: delivery.number, bytes: report.size - report.bytesDone)?.brief
    return [
      Table.Cell(String(delivery.number)), delivery.state.cell, Table.Cell(HumanSize.text(report.size)),
      Table.Cell((now - delivery.file.received).brief), Table.Cell(Self.bar(report.bytesDone, of: report.size)),
      Table.Cell(rate ?? "-"), Table.Cell(left ?? "-"),
      Table.Cell(delivery.file.folder + "/" + delivery.file.path.escaped),
    ]
  }

  /// `[######--------------]  30%`.
  static func bar(_ done: Int64, of size: Int64) -> String {
    let share = size > 0 ? min(1, Double(done) / Double(size)) : 0
    let filled = Int(share * Double(barWidth))
    let percent = String(Int(share * 100))
    return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled) + "] "
      + String(repeating: " ", count: 3 - percent.count) + percent + "%"
  }
}
