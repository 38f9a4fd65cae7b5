package import DeliveryJournal
package import DeliveryModel

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
