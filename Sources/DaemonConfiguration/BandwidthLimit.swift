/// How many bytes a second all uploads together may send: always the same, or by the local time of day.
package struct BandwidthLimit: Sendable, Equatable {
  /// A part of the day, in minutes since midnight; it may go over midnight.
  package struct Period: Sendable, Equatable {
    package let begin: Int
    /// Not part of it.
    package let end: Int
    /// Nil for no limit.
    package let rate: Int64?

    package init(begin: Int, end: Int, rate: Int64?) {
      self.begin = begin
      self.end = end
      self.rate = rate
    }

    func contains(_ minute: Int) -> Bool {
      begin < end ? begin <= minute && minute < end : minute >= begin || minute < end
    }
  }

  package static let minutesADay = 1440

  package let periods: [Period]
  /// Outside the periods; nil for no limit.
  package let otherwise: Int64?

  package init(periods: [Period] = [], otherwise: Int64?) {
    self.periods = periods
    self.otherwise = otherwise
  }

  /// The limit at a minute of the day; nil for none.
  package func rate(at minute: Int) -> Int64? {
    if let period = periods.first(where: { $0.contains(minute) }) { return period.rate }
    return otherwise
  }

  /// How many minutes after `minute` the limit may change, 1 to 1,440; nil if it never does.
  package func minutesToChange(after minute: Int) -> Int? {
    periods.flatMap { [$0.begin, $0.end] }.map { border in
      let wait = (border - minute + Self.minutesADay) % Self.minutesADay
      return wait == 0 ? Self.minutesADay : wait
    }.min()
  }
}
