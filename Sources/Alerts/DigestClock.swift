import DaemonConfiguration
import Delivery
package import DeliveryJournal
package import DeliveryModel
import Logging
package import Settings
package import SystemSupport

/// Writes the daily digest when its time has come; sleeps until then.
package struct DigestClock: Sendable {
  let journal: Journal
  let signal: WorkSignal
  let settings: SettingsInForce
  let lastUncleanExit: Timestamp?

  package init(
    journal: Journal, signal: WorkSignal, settings: SettingsInForce, lastUncleanExit: Timestamp?
  ) {
    self.journal = journal
    self.signal = signal
    self.settings = settings
    self.lastUncleanExit = lastUncleanExit
  }

  /// A time of day that the clock skips must not make it run in circles.
  private static let leastPause = Duration.seconds(60)

  package func run() async throws {
    while !Task.isCancelled {
      await signal.wait(try await look(), endsWhenClockIsSet: true)
    }
  }

  /// Does what is due; how long to wait, nil for until the settings change.
  private func look() async throws -> Duration? {
    let alerts = settings.value.configuration.alerts
    guard let time = alerts.digest, alerts.policy != nil else { return nil }
    do {
      let now = WallClock.now
      let plan = DigestPlan(
        last: try await journal.lastDigest(), today: LocalTime.day(at: now),
        minute: LocalTime.secondOfDay(at: now) / 60, time: time)
      switch plan {
      case .begin(let day): try await journal.writeDigest(nil, day: day)
      case .due: try await write(at: now, time)
      case .wait(let day):
        let moment = LocalTime.moment(day: day, minute: time)
        return moment > now ? moment - now : Self.leastPause
      }
      return .zero
    } catch JournalError.storageFull, JournalError.busy {
      return JournalError.pause
    }
  }

  private func write(at now: Timestamp, _ time: Int) async throws {
    let today = LocalTime.day(at: now)
    let last = try await journal.lastDigest() ?? today - 1
    let since = LocalTime.moment(day: last, minute: time)
    let figures = DigestFigures(
      try await journal.figures(since: since), folders: settings.value.configuration.folders.map(\.name), since: since,
      now: now, uncleanExit: lastUncleanExit)
    let day = CivilDate(daysSinceEpoch: today).iso8601
    try await journal.writeDigest(AlertNotice(.digest, day, at: now, details: figures.json), day: today)
  }
}
