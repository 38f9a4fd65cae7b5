import DeliveryModel

/// Alerts about the journal itself, which it cannot hold: kept in memory, told at once, once an hour at most. After a crash
/// the same fault is found again. A pure value.
struct UrgentAlerts: Sendable, Equatable {
  private var waiting: [AlertNotice] = []
  private var toldAt: ContinuousClock.Instant?
  /// Its receiver knows that the journal stands still.
  private var isOpen = false
  /// Failures of the one that is next.
  private(set) var tries = 0

  var next: AlertNotice? { waiting.first }

  /// Takes up new ones. What is over before anybody was told is not told.
  mutating func take(_ notices: [AlertNotice], wanted: Bool, now: ContinuousClock.Instant) {
    for notice in notices {
      if notice.event == .recovered {
        waiting.removeAll()
        if isOpen { waiting.append(notice) }
      } else if wanted, waiting.isEmpty, toldAt.map({ now - $0 >= AlertThrottle.interval }) ?? true {
        waiting.append(notice)
      }
      tries = 0
    }
  }

  mutating func told(now: ContinuousClock.Instant) {
    guard !waiting.isEmpty else { return }
    let notice = waiting.removeFirst()
    isOpen = notice.event != .recovered
    if isOpen { toldAt = now }
    tries = 0
  }

  mutating func failed() { tries += 1 }
}
