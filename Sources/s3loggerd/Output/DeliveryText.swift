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
      ("settled by", report.settledBy), ("SHA-256", report.sha256), ("delivery id", report.deliveryID),
      ("object", report.objectKey.map { "s3://\(report.bucket ?? "")/\($0)" }), ("version", report.versionID),
      ("uploaded", report.uploadedAt), ("recorded", report.loggedAt), ("attempts", String(report.attempts)),
      ("next attempt", report.nextAttemptAt), ("last error", report.lastError),
    ]
    let lines = fields.compactMap { name, value in value.map { pad(name) + $0 } }
    let attempts = (report.attemptLog ?? []).map { "\($0.at)  \($0.state)  \($0.code): \($0.message)" }
    return (lines + (attempts.isEmpty ? [] : ["", "failed attempts:"] + attempts)).joined(separator: "\n")
  }

  private func pad(_ name: String) -> String { name + String(repeating: " ", count: 14 - name.count) }
}
