import Daemon
import DeliveryModel

/// One delivery in full, for a person: what it is, how it was judged complete, and every attempt.
struct DeliveryText {
  let report: DeliveryReport
  let now: Timestamp

  func text(on screen: Screen) -> String {
    let lines = fields.compactMap { name, value in
      value.map { name + String(repeating: " ", count: 14 - name.count) + $0 }
    }
    guard let attempts = report.attemptLog, !attempts.isEmpty else { return lines.joined(separator: "\n") }
    var table = Table(header: ["FAILED ATTEMPT", "AT STEP", "CODE", "WHY"])
    table.rows = attempts.map { attempt in
      [
        Table.Cell(Age.of(iso8601: attempt.at, at: now)), Table.Cell(attempt.state == "pending" ? "upload" : "record"),
        Table.Cell(attempt.code, .warning), Table.Cell(attempt.message + Self.ids(of: attempt)),
      ]
    }
    return (lines + ["", table.text(on: screen.uncut)]).joined(separator: "\n")
  }

  /// What the services' support asks for.
  private static func ids(of attempt: DeliveryReport.Attempt) -> String {
    guard let request = attempt.requestID else { return "" }
    return " [request id \(request)" + (attempt.hostID.map { ", id 2 \($0)" } ?? "") + "]"
  }

  private var fields: [(String, String?)] {
    [
      ("delivery", String(report.number)), ("state", report.state), ("folder", report.folder),
      ("watched at", report.folderPath),
      ("file", EscapedText.escape(report.sourcePath)),
      ("size", size),
      ("owner", owner), ("saved by", saver), ("modified", moment(report.modifiedAt)),
      ("noticed", moment(report.receivedAt)),
      ("complete", moment(report.settledAt)), ("settled by", evidence),
      ("SHA-256", report.sha256), ("delivery id", report.deliveryID),
      ("object", report.objectKey.map { "s3://\(report.bucket ?? "")/\($0)" }), ("version", report.versionID),
      ("sent", progress), ("uploaded", report.uploadedAt.map(moment)), ("recorded", report.loggedAt.map(moment)),
      ("attempts", String(report.attempts)),
      (
        "next attempt", report.nextAttemptAt.flatMap { MomentText.parse($0, now: now) }.map { Age.until($0, from: now) }
      ),
      ("last error", report.lastError),
    ]
  }

  private var size: String {
    report.size < 1024 ? Int(report.size).counted("byte") : "\(HumanSize.text(report.size)) (\(report.size) bytes)"
  }

  private var owner: String {
    let number = String(report.ownerUID)
    return report.owner.map { $0 == number ? number : "\($0) (\(number))" } ?? number
  }

  private var saver: String? {
    report.savedBy.map { EscapedText.escape("\($0) from \(report.savedFrom ?? "")") }
  }

  private var progress: String? {
    guard report.uploadedAt == nil, report.partsDone > 0 else { return nil }
    return "\(HumanSize.text(report.bytesDone)), \(report.partsDone) of \(report.partsTotal.counted("part"))"
  }

  private func moment(_ text: String) -> String { Age.of(iso8601: text, at: now) }

  /// How it was judged complete, in words.
  private var evidence: String {
    let meaning =
      switch SettleEvidence(rawValue: report.settledBy) {
      case .lease: "quiet for the window, and the kernel proved that no writer was left"
      case .quietWindow: "closed or renamed, then quiet for the window; no proof about writers was to be had"
      case .longWindow: "quiet for 12 windows; nothing else showed that it was complete"
      case .atRest: "found at the start, quiet for longer than the window, and no writer was left"
      case nil: "unknown to this version"
      }
    return "\(report.settledBy): \(meaning)"
  }
}
