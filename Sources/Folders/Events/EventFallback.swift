import SystemSupport

/// Why and how long a folder that should have events is polled.
struct EventFallback {
  /// In words, with what would help.
  var reason: String
  /// The limit that was reached, if it was one.
  let limit: InotifyLimit?
  /// Whether not all of its watches fit into the memory for them: the others are there.
  let isForMemory: Bool
  /// What the limit was then.
  let setting: InotifyLimit.Setting?
  /// When events are to be tried again, even if no limit was seen to change.
  private(set) var nextAttempt: MonotonicInstant
  private var pause: Duration

  /// The first new attempt is made after `pause`, the next after twice that, and so on.
  init(_ error: SystemCallError, directories: Int, pause: Duration, at now: MonotonicInstant) {
    let limit = InotifyLimit(error)
    isForMemory = error.call == SystemCallError.boundOfOurs
    self.limit = limit
    let setting = limit?.setting
    self.setting = setting
    reason =
      if let limit, let setting {
        limit.advice(setting, directories: directories)
      } else {
        "no events from the kernel, polling instead: \(error)"
      }
    self.pause = pause
    nextAttempt = now + pause
  }

  /// Whether an attempt is worth its cost now. It is not repeated before the next pause, which is longer.
  mutating func isAttemptDue(at now: MonotonicInstant, longestPause: Duration) -> Bool {
    guard nextAttempt <= now || (limit != nil && limit?.setting != setting) else { return false }
    pause = min(pause * 2, longestPause)
    nextAttempt = now + pause
    return true
  }

  /// The same limit reached again: the pauses go on growing.
  mutating func goOn(after former: EventFallback) {
    guard former.setting == setting else { return }
    pause = former.pause
    nextAttempt = former.nextAttempt
  }
}
