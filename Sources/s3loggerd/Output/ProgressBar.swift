import Audit
import Daemon
import DeliveryModel
import Glibc
import Synchronization

/// How far a verification is, on one line of a terminal's standard error; nothing where that is no terminal.
final class ProgressBar: Sendable {
  private struct State {
    var records = 0
    var bytes: Int64 = 0
    var drawn: ContinuousClock.Instant?
  }

  private let total: Int
  private let state = Mutex(State())

  static var isUseful: Bool { isatty(STDERR_FILENO) == 1 }

  init(total: Int) {
    self.total = total
  }

  /// Takes in what was done since; draws at most ten times a second.
  func advance(_ progress: AuditProgress) {
    guard Self.isUseful else { return }
    let line = state.withLock { state -> String? in
      state.records += progress.records
      state.bytes += Int64(progress.bytes)
      let now = ContinuousClock.now
      if let drawn = state.drawn, now - drawn < .milliseconds(100), state.records < total { return nil }
      state.drawn = now
      return Self.line(state.records, of: total, bytes: state.bytes, width: Self.columns)
    }
    if let line { write("\r" + line) }
  }

  /// Wipes the line, for what is printed next.
  func clear() {
    guard Self.isUseful else { return }
    write("\r" + String(repeating: " ", count: Self.columns - 1) + "\r")
  }

  /// The line in `width` columns, the last of which stays free.
  static func line(_ done: Int, of total: Int, bytes: Int64, width: Int) -> String {
    let share = total == 0 ? 1 : min(1, Double(done) / Double(total))
    let read = bytes > 0 ? ", \(HumanSize.text(bytes)) read" : ""
    let words = " \(Int(share * 100)) %  \(done) of \(total.counted("record"))\(read)"
    let room = width - words.count - 3
    guard room >= 10 else { return String(words.dropFirst().prefix(max(0, width - 1))) }
    let filled = Int(Double(room) * share)
    let line = "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: room - filled) + "]" + words
    return line
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
