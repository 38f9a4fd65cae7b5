import Daemon
import DeliveryModel
import Status

/// `queue --watch`: the queue redrawn in place, with a bar, a rate and what is left of each upload.
struct QueueWatch {
  private static let barWidth = 20
  private var rates = TransferRates()

  init() {}

  /// The next picture. `work` is what the daemon works on; `total` is how many are on their way or set aside in all.
  mutating func frame(
    _ deliveries: [Delivery], work: StatusReport.UnderWay?, total: Int, status: String, screen: Screen, now: Timestamp,
    at instant: ContinuousClock.Instant
  ) -> [String] {
    let files = Dictionary((work?.files ?? []).map { ($0.number, $0) }) { first, _ in first }
    let reports = deliveries.map { delivery in
      var report = DeliveryReport(delivery)
      report.bytesDone = min(report.size, max(report.bytesDone, files[report.number]?.bytesDone ?? 0))
      return report
    }
    rates.take(Dictionary(uniqueKeysWithValues: reports.map { ($0.number, $0.bytesDone) }), at: instant)
    var table = Table(
      header: ["NUMBER", "STATE", "SIZE", "AGE", "PROGRESS", "RATE", "LEFT", "FILE"], numeric: [0, 2, 3, 5, 6])
    table.rows = zip(deliveries, reports).map { row($0, $1, files[$1.number]?.stage, now) }
    var lines = [screen.fit(status, after: 0)]
    lines += (work?.folders ?? []).map { screen.fit(UnderWayText.line($0), after: 0) }.prefix(5) + [""]
    lines += deliveries.isEmpty ? ["nothing is pending"] : table.lines(on: screen)
    if total > deliveries.count { lines.append("and \(total - deliveries.count) more") }
    return lines
  }

  private func row(
    _ delivery: Delivery, _ report: DeliveryReport, _ stage: String?, _ now: Timestamp
  ) -> [Table.Cell] {
    let rate = rates.rate(of: delivery.number).map { HumanSize.text(Int64($0)) + "/s" }
    let left = rates.remaining(of: delivery.number, bytes: report.size - report.bytesDone)?.brief
    return [
      Table.Cell(String(delivery.number)), delivery.state.cell, Table.Cell(HumanSize.text(report.size)),
      Table.Cell((now - delivery.file.received).brief),
      Table.Cell(
        stage == "reading" && report.bytesDone == 0 ? "being read" : Self.bar(report.bytesDone, of: report.size)),
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
