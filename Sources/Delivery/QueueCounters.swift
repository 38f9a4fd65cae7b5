package import DeliveryJournal
package import DeliveryModel

/// How many deliveries stand where, kept up to date from the changes that became durable.
///
/// Counting rows would cost more the more was ever delivered; this costs the same for the first file and the millionth.
package struct QueueCounters: Sendable, Equatable {
  package private(set) var byState: [DeliveryState: Int]
  package private(set) var pendingByFolder: [String: Int]
  package private(set) var deliveredToday: Int
  package private(set) var lastDelivered: LastDelivered?
  private var today: CivilDate

  package struct LastDelivered: Sendable, Equatable {
    package var folder: String
    package var path: RelativePath
    package var at: Timestamp
    /// Nil where it is not known.
    package var audience: Audience?
  }

  /// Starts from what the journal counted.
  package init(
    byState: [DeliveryState: Int], pendingByFolder: [String: Int], deliveredToday: Int, lastDelivered: LastDelivered?,
    now: Timestamp
  ) {
    self.byState = byState
    self.pendingByFolder = pendingByFolder
    self.deliveredToday = deliveredToday
    self.lastDelivered = lastDelivered
    today = now.date
  }

  /// Deliveries that the daemon still has work to do on.
  package var open: Int { byState[.pending, default: 0] + byState[.uploaded, default: 0] }

  package mutating func received(_ file: SettledFile) {
    byState[.pending, default: 0] += 1
    pendingByFolder[file.folder, default: 0] += 1
  }

  /// A delivery moved from one state to another.
  package mutating func moved(_ file: SettledFile, from old: DeliveryState, to new: DeliveryState) {
    byState[old, default: 0] -= 1
    byState[new, default: 0] += 1
    if old.isOpen != new.isOpen { pendingByFolder[file.folder, default: 0] += new.isOpen ? 1 : -1 }
  }

  /// Old deliveries are no longer in the journal.
  package mutating func removed(_ count: Int, _ state: DeliveryState) { byState[state, default: 0] -= count }

  /// A delivery is done.
  package mutating func delivered(_ file: SettledFile, at moment: Timestamp) {
    rollOver(to: moment)
    deliveredToday += 1
    lastDelivered = LastDelivered(folder: file.folder, path: file.path, at: moment, audience: file.audience)
  }

  /// Begins a new day's count at midnight UTC.
  package mutating func rollOver(to moment: Timestamp) {
    guard moment.date != today else { return }
    today = moment.date
    deliveredToday = 0
  }
}

extension QueueCounters {
  /// What the journal holds now.
  package init(_ journal: Journal, now: Timestamp) async throws {
    let midnight = Timestamp(milliseconds: now.date.daysSinceEpoch * 86_400_000)
    let totals = try await journal.totals(deliveredSince: midnight)
    self.init(
      byState: totals.byState, pendingByFolder: totals.openByFolder, deliveredToday: totals.deliveredSince,
      lastDelivered: totals.lastDelivered.map {
        LastDelivered(folder: $0.folder, path: $0.path, at: $0.at, audience: $0.audience)
      }, now: now)
  }
}
