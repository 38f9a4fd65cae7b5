package import AWSClients
import AWSSigning
import DeliveryModel
package import SystemSupport

/// Keeps the engine in credentials: hands over new ones before the old expire, and says when it cannot.
///
/// The engine never waits for STS: it signs with what it was handed last.
package struct CredentialRefresher: Sendable {
  let cache: CredentialCache
  let events: Mailbox<EngineEvent>
  /// Reasons to look again before the time: the credentials were refused, or a reload.
  let wishes = Mailbox<Wish>()

  enum Wish: Sendable {
    case refused(AWSCredentials)
    case lookAgain
  }

  package init(cache: CredentialCache, events: Mailbox<EngineEvent>) {
    self.cache = cache
    self.events = events
  }

  /// Between two attempts when the provider fails, where the cache sets no pause of its own.
  static let shortestPause = Duration.seconds(1)

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
        // The cache's pause is the only one; a little more, so that many servers do not ask together.
        let pause = max(Self.shortestPause, await cache.untilNextAttempt() ?? .zero)
        await self.pause(until: .now + pause * Double.random(in: 1..<1.2))
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
      group.addTask {
        for wish in await wishes.take() {
          if case .refused(let used) = wish { await cache.invalidate(used) }
          await cache.endPause()
        }
      }
      await group.next()
      group.cancelAll()
    }
  }
}
