import DeliveryModel
import Logging

/// A log record as one line, `2026-11-23T10:42:07Z WARN message key=value …`, that no value can break or forge.
enum TerminalLine {
  enum Style: Sendable, Equatable {
    case plain
    /// The level in colour.
    case coloured
    /// For a stream that systemd reads: `<4>message key=value …` (sd-daemon(3)); the journal stamps time and level.
    case prefixed
  }

  /// Longest line with its newline: what one write(2) puts into a pipe in one piece (PIPE_BUF).
  static let longestLine = 4096

  static func format(_ record: LogRecord, at time: Timestamp, style: Style) -> [UInt8] {
    var line = start(record, at: time, style: style) + record.message
    for field in record.fields {
      line += " " + DisplayText.neutralized(field.key) + "=" + quoted(field.value)
    }
    return Array((DisplayText.cut(line, to: longestLine - 1) + "\n").utf8)
  }

  private static func start(_ record: LogRecord, at time: Timestamp, style: Style) -> String {
    switch style {
    case .prefixed: "<\(record.priority)>"
    case .plain: wholeSeconds(time) + " " + name(record.level) + " "
    case .coloured: wholeSeconds(time) + " \u{1b}[\(colour(record.level))m" + name(record.level) + "\u{1b}[0m "
    }
  }

  private static func wholeSeconds(_ time: Timestamp) -> String {
    time.iso8601.dropLast(".000Z".count) + "Z"
  }

  /// Between quotation marks if the value would not read as one word; a mark inside becomes `\x22`, so it ends nothing.
  private static func quoted(_ value: String) -> String {
    let text = DisplayText.neutralized(value)
    guard text.utf8.contains(where: { $0 == space || $0 == quote || $0 == equals }) else { return text }
    let pieces = text.utf8.split(separator: quote, omittingEmptySubsequences: false)
    return "\"" + pieces.map { String(Substring($0)) }.joined(separator: "\\x22") + "\""
  }

  private static let space = UInt8(ascii: " ")
  private static let quote = UInt8(ascii: "\"")
  private static let equals = UInt8(ascii: "=")

  private static func name(_ level: Logger.Level) -> String {
    switch level {
    case .trace: "TRACE"
    case .debug: "DEBUG"
    case .info: "INFO"
    case .notice: "NOTICE"
    case .warning: "WARN"
    case .error: "ERROR"
    case .critical: "CRITICAL"
    }
  }

  /// The parameter of the terminal's SGR sequence.
  private static func colour(_ level: Logger.Level) -> String {
    switch level {
    case .trace, .debug: "2"
    case .info: "32"
    case .notice: "36"
    case .warning: "33"
    case .error: "31"
    case .critical: "1;31"
    }
  }
}
