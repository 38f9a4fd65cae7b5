import Daemon
import DeliveryModel

/// What the daemon works on, for a person.
enum UnderWayText {
  /// `inbox: 1 being read, 3 being sent (12.0 MiB of 40.0 MiB), 2 being recorded`.
  static func line(_ folder: StatusReport.UnderWay.Folder) -> String {
    var parts: [String] = []
    if folder.reading > 0 { parts.append("\(folder.reading) being read") }
    if folder.sending > 0 {
      let bytes = "\(HumanSize.text(folder.bytesDone)) of \(HumanSize.text(folder.bytes))"
      parts.append("\(folder.sending) being sent (\(bytes))")
    }
    if folder.recording > 0 { parts.append("\(folder.recording) being recorded") }
    if folder.waiting > 0 { parts.append("\(folder.waiting) waiting for their turn") }
    return "\(EscapedText.escape(folder.folder)): \(parts.joined(separator: ", "))"
  }
}
