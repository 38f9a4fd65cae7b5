/// When the digest of a day is due: once for each local day, whatever the clock does. A pure function; days are counted
/// from 1970.
enum DigestPlan: Equatable, Sendable {
  /// The digest of today is to be written.
  case due
  /// Nobody knows of a digest before: the first one is that after `day`.
  case begin(day: Int64)
  /// Nothing before the time of `day`.
  case wait(day: Int64)

  /// `last`: the day of the last digest. `minute` is now, `time` when it is wanted, both in minutes since midnight.
  init(last: Int64?, today: Int64, minute: Int, time: Int) {
    // A day beyond tomorrow was written by a clock that was wrong.
    guard let last, last <= today + 1 else {
      self = .begin(day: minute >= time ? today : today - 1)
      return
    }
    self = last < today && minute >= time ? .due : .wait(day: max(last + 1, today))
  }
}
