import DeliveryModel
import Glibc
import Logging

/// Log records as lines on standard error.
struct TerminalSink: LogSink {
  let writer: LineWriter
  let style: TerminalLine.Style
  let now: @Sendable () -> Timestamp

  func write(_ record: LogRecord) {
    let time = now()
    writer.write(TerminalLine.format(record, at: time, style: style)) { dropped in
      let notice = LogRecord(
        level: .warning,
        message: dropped.counted("log line was", "log lines were") + " lost because standard error was not read")
      return TerminalLine.format(notice, at: time, style: style)
    }
  }
}

/// The system's wall clock.
@Sendable func wallClock() -> Timestamp {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
}
