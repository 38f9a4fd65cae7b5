import AWSClients
import AWSSigning
import DeliveryModel
import SystemSupport

/// Keeps the engine in credentials: hands over new ones before the old expire, and says when it cannot.
///
/// The engine never waits for STS: it signs with what it was handed last.
struct CredentialKeeper: Sendable {
  let cache: CredentialCache
  let events: Mailbox<EngineEvent>
  /// Reasons to look again before the time: the credentials were refused, or a reload.
  let wishes = Mailbox<Wish>()

  enum Wish: Sendable {
    case refused(AWSCredentials)
    case lookAgain
  }

  /// Between two attempts when the provider fails: 1 s up to 60 s.
  static let schedule = RetrySchedule(base: .seconds(1), cap: .seconds(60))

  /// Between two looks at credentials whose renewal is due; the cache renews them when it is asked.
  static let lookInterval = Duration.seconds(60)

  func run() async {
    var failures = 0
    var handedOver: AWSCredentials?
    while !Task.isCancelled {
      do throws(ServiceFailure) {
        let credentials = try await cache.credentials()
        failures = 0
        events.post(.credentials(credentials))
        handedOver = credentials
        await pause(until: await nextLook)
      } catch {
        failures += 1
        if handedOver == nil || failures > 1 { events.post(.credentialsFailed(error)) }
        let jitter = Double.random(in: 0.5..<1)
        await pause(until: .now + Self.schedule.delay(afterFailures: failures, random: jitter))
      }
    }
    await cache.shutdown()
  }

  /// When renewal is due; nil for credentials that do not expire.
  private var nextLook: ContinuousClock.Instant? {
    get async { await cache.untilRenewal().map { .now + max($0, Self.lookInterval) } }
  }

  /// Sleeps until the moment, until the wall clock is set, or until somebody wishes otherwise.
  private func pause(until moment: ContinuousClock.Instant?) async {
    await withTaskGroup(of: Void.self) { group in
      if let moment { group.addTask { await Pause.last(until: moment, endsWhenClockIsSet: true) } }
      group.addTask { for case .refused(let used) in await wishes.take() { await cache.invalidate(used) } }
      await group.next()
      group.cancelAll()
    }
  }
}
