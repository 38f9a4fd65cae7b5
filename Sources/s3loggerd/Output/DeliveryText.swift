import Daemon
import DeliveryModel

/// One delivery in full, for a person.
struct DeliveryText {
  let report: DeliveryReport

  init(_ report: DeliveryReport) {
    self.report = report
  }

  var text: String {
    let fields: [(String, String?)] = [
      ("delivery", String(report.number)), ("state", report.state), ("folder", report.folder),
      ("file", EscapedText.escape(report.sourcePath)), ("size", "\(report.size) bytes"), ("owner", report.owner),
      ("modified", report.modifiedAt), ("received", report.receivedAt), ("settled", report.settledAt),
      ("settled by", settledBy), ("SHA-256", report.sha256), ("delivery id", report.deliveryID),
      ("object", report.objectKey.map { "s3://\(report.bucket ?? "")/\($0)" }), ("version", report.versionID),
      ("uploaded", report.uploadedAt), ("recorded", report.loggedAt), ("attempts", String(report.attempts)),
      ("next attempt", report.nextAttemptAt), ("last error", report.lastError),
    ]
    let lines = fields.compactMap { name, value in value.map { pad(name) + $0 } }
    let attempts = (report.attemptLog ?? []).map { "\($0.at)  \($0.state)  \($0.code): \($0.message)" }
    return (lines + (attempts.isEmpty ? [] : ["", "failed attempts:"] + attempts)).joined(separator: "\n")
  }

  /// How it was judged complete, in words.
  private var settledBy: String {
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

  private func pad(_ name: String) -> String { name + String(repeating: " ", count: 14 - name.count) }
}
