/// Log records as journal entries with fields; a record that the journal does not take becomes a line on standard error.
struct JournalSink: LogSink {
  let identifier: String
  let socket: JournalSocket
  let fallback: TerminalSink

  func write(_ record: LogRecord) {
    if !socket.send(JournalEntry.encode(record, identifier: identifier)) { fallback.write(record) }
  }
}
