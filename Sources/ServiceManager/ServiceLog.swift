import DeliveryModel
import Glibc
package import Logging

/// The daemon's log: chosen once from the surroundings, owned by the composition, which makes the loggers from it.
package struct ServiceLog: Sendable {
  package enum Destination: Sendable, Equatable {
    /// journald's own socket, with fields; standard error only where that fails.
    case journal
    /// Lines on standard error.
    case terminal(coloured: Bool)
  }

  private let sink: RateLimitedSink
  private let level: Logger.Level

  /// `identifier` is the SYSLOG_IDENTIFIER; records below `level` are dropped.
  package init(_ destination: Destination, identifier: String = "s3loggerd", level: Logger.Level = .info) {
    let writer = LineWriter()
    let inner: any LogSink =
      switch destination {
      case .journal:
        JournalSink(
          identifier: identifier, socket: JournalSocket(),
          fallback: TerminalSink(writer: writer, style: .prefixed, now: wallClock))
      case .terminal(let coloured):
        TerminalSink(writer: writer, style: coloured ? .coloured : .plain, now: wallClock)
      }
    sink = RateLimitedSink(inner, now: { .now })
    self.level = level
  }

  /// A logger that writes here. No global state: the composition hands loggers to who needs them.
  package func logger(_ label: String) -> Logger {
    Logger(label: label) { _ in ServiceLogHandler(sink: sink, level: level) }
  }

  /// Yields when a record was withheld because it repeats, for one consumer.
  package var withholding: AsyncStream<Void> { sink.withholding }

  /// Tells of repeats that were withheld and not told of yet. To be called a minute after ``withholding`` yielded, and
  /// before leaving.
  package func flush() {
    sink.flush()
  }

  /// The journal if systemd connected standard error to it, else lines, in colour only on a terminal that wants it
  /// (no-color.org).
  package static func destination(
    in environment: ServiceEnvironment = .current(), standardError: Int32 = STDERR_FILENO,
    variable: (String) -> String? = environmentVariable
  ) -> Destination {
    if environment.isJournal(standardError) { return .journal }
    let refused = !(variable("NO_COLOR") ?? "").isEmpty || variable("TERM") == "dumb"
    return .terminal(coloured: isatty(standardError) == 1 && !refused)
  }
}
