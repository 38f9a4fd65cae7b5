import Daemon
import DeliveryModel

/// How a wait ended, for a person.
struct WaitText {
  let end: ControlWaitEnd
  /// Whether standard output has it already.
  let isQuiet: Bool

  func show() {
    for folder in end.folders { show(folder) }
    for place in end.unwatched ?? [] { StandardError.print("s3loggerd: not all is recorded: \(place.text)") }
    if end.outcome == "done", !isQuiet { print("everything that was there is recorded") }
  }

  private func show(_ folder: ControlWaitEnd.Folder) {
    let name = EscapedText.escape(folder.folder)
    if let reason = folder.reason {
      StandardError.print("s3loggerd: \(name): not all is recorded: \(EscapedText.escape(reason))")
    }
    for file in folder.missing { StandardError.print("  " + text(file, in: name)) }
    let hidden = (folder.missingCount ?? 0) - folder.missing.count
    if hidden > 0, !folder.missing.isEmpty { StandardError.print("  and \(hidden) more") }
    guard !isQuiet else { return }
    for ended in [folder.rejected, folder.withdrawn].compactMap(\.self) {
      for file in ended.first { print(text(file, in: name)) }
      if ended.count > ended.first.count { print("and \(ended.count - ended.first.count) more") }
    }
  }

  private func text(_ file: ControlWaitEnd.File, in folder: String) -> String {
    let number = file.number.map { " (delivery \($0))" } ?? ""
    let reason = file.reason.map { ": \(EscapedText.escape($0))" } ?? ""
    return "\(folder)/\(EscapedText.escape(file.path ?? "…"))\(number): \(file.state)\(reason)"
  }
}
