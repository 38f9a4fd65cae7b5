import Logging

/// One log record, ready to be written anywhere.
struct LogRecord: Sendable, Equatable {
  struct Field: Sendable, Equatable {
    let key: String
    let value: String
  }

  var level: Logger.Level
  /// Free of control characters, on one line.
  var message: String
  /// In the order of their keys. The values are as they came: each way of writing has its own rules.
  var fields: [Field] = []
  /// What kind of event it is; see ``MessageID``.
  var messageID: String?

  /// Longest message, in bytes.
  private static let longestMessage = 2048

  init(level: Logger.Level, message: String, metadata: Logger.Metadata = [:]) {
    self.level = level
    self.message = DisplayText.cut(DisplayText.neutralized(message), to: Self.longestMessage)
    for (key, value) in metadata {
      let text = if case .string(let text) = value { text } else { "\(value)" }
      if key == LogKey.messageID, MessageID.isValid(text) {
        messageID = text
      } else if !text.isEmpty {
        fields.append(Field(key: key, value: text))
      }
    }
    fields.sort { $0.key < $1.key }
  }

  /// The value of a field; nil if the record has no such field.
  func value(_ key: String) -> String? {
    fields.first { $0.key == key }?.value
  }

  /// syslog(3)'s severity, which the journal calls PRIORITY.
  var priority: UInt8 {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
