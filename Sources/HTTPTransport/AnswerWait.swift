/// Decides whether an answer is still waited for, once the whole request has left.
///
/// Every byte keeps it alive: the white space that S3 sends while it completes an upload, an interim answer, a header
/// line. An answer that only drips is given up all the same, after ten times the timeout or an hour.
struct AnswerWait {
  let timeout: Duration
  private let began: UInt64
  private var lastByte: UInt64
  private var received: Int

  /// `received` is what had arrived by `now`, in nanoseconds.
  init(timeout: Duration, received: Int, now: UInt64) {
    self.timeout = timeout
    self.received = received
    (began, lastByte) = (now, now)
  }

  enum Verdict { case goesOn, silent, endless }

  mutating func verdict(received total: Int, now: UInt64) -> Verdict {
    if total != received { (received, lastByte) = (total, now) }
    if now - began >= longest.nanoseconds { return .endless }
    return now - lastByte >= timeout.nanoseconds ? .silent : .goesOn
  }

  /// The longest that a whole answer may take.
  var longest: Duration { min(timeout * 10, max(.seconds(3600), timeout)) }
}
