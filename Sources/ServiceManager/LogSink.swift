/// Where log records end. Any thread may write; no call waits for long.
protocol LogSink: Sendable {
  func write(_ record: LogRecord)
}
