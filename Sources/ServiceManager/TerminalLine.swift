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
    var line: [UInt8] = []
    line.reserveCapacity(usualLine)
    appendStart(record, at: time, style: style, to: &line)
    line.append(contentsOf: record.message.utf8)
    for field in record.fields {
      line.append(space)
      line.append(contentsOf: DisplayText.neutralized(field.key).utf8)
      line.append(equals)
      appendQuoted(field.value, to: &line)
    }
    if line.count >= longestLine {
      line = Array(DisplayText.cut(String(decoding: line, as: UTF8.self), to: longestLine - 1).utf8)
    }
    line.append(UInt8(ascii: "\n"))
    return line
  }

  /// Bytes; longer ones cost an allocation more.
  private static let usualLine = 480

  private static func appendStart(_ record: LogRecord, at time: Timestamp, style: Style, to line: inout [UInt8]) {
    switch style {
    case .prefixed: line.append(contentsOf: "<\(record.priority)>".utf8)
    case .plain: line.append(contentsOf: "\(wholeSeconds(time)) \(name(record.level)) ".utf8)
    case .coloured:
      line.append(
        contentsOf: "\(wholeSeconds(time)) \u{1b}[\(colour(record.level))m\(name(record.level))\u{1b}[0m ".utf8)
    }
  }

  private static func wholeSeconds(_ time: Timestamp) -> String {
    time.iso8601.dropLast(".000Z".count) + "Z"
  }

  /// Between quotation marks if the value would not read as one word; a mark inside becomes `\x22`, so it ends nothing.
  private static func appendQuoted(_ value: String, to line: inout [UInt8]) {
    let text = DisplayText.neutralized(value).utf8
    guard text.contains(where: { $0 == space || $0 == quote || $0 == equals }) else {
      return line.append(contentsOf: text)
    }
    line.append(quote)
    for byte in text {
      if byte == quote { line.append(contentsOf: "\\x22".utf8) } else { line.append(byte) }
    }
    line.append(quote)
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
