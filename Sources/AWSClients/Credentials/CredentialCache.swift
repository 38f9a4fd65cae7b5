package import AWSSigning
package import DeliveryModel

/// Keeps credentials and renews them in time, one renewal at a time however many ask.
///
/// The renewal belongs to the cache: who waits for it and is cancelled leaves it to the others. A failed renewal never
/// ends anything: the old credentials are used while they last, and the next who asks after a pause tries again.
package actor CredentialCache {
  private let provider: any CredentialProvider
  private let wallClock: @Sendable () -> Timestamp
  private let waiters = CredentialWaiters()
  private var state = CredentialState()
  private var renewal: Task<Void, Never>?

  package init(_ provider: any CredentialProvider, wallClock: @escaping @Sendable () -> Timestamp) {
    self.provider = provider
    self.wallClock = wallClock
  }

  /// Credentials that will last for the request. Waits only where there are none; throws the renewal's failure.
  package func credentials() async throws(ServiceFailure) -> AWSCredentials {
    switch state.decide(at: wallClock()) {
    case .use(let credentials): return credentials
    case .useAndRefresh(let credentials):
      renew()
      return credentials
    case .refresh:
      let place = waiters.enter()
      renew()
      return try await waiters.wait(at: place)
    case .wait: return try await waiters.wait(at: waiters.enter())
    case .fail(let failure): throw failure
    }
  }

  /// How long the present credentials need no renewal by this machine's clock, negative once it is due; nil if they never
  /// do.
  package func untilRenewal() -> Duration? {
    state.renewalDue.map { $0 - wallClock() }
  }

  /// Tells that a service refused `used`; the next who asks waits for new ones. Without effect if they were renewed
  /// since.
  package func invalidate(_ used: AWSCredentials) {
    state.invalidate(used)
  }

  /// How long the pause after a failed renewal still lasts; nil where there is none.
  package func untilNextAttempt() -> Duration? { state.pause(at: wallClock()) }

  /// Ends that pause: somebody says that the cause is gone.
  package func endPause() { state.endPause() }

  /// Cancels a renewal under way and waits for its end.
  package func shutdown() async {
    renewal?.cancel()
    await renewal?.value
  }

  /// How many wait for the renewal under way.
  var waiting: Int { waiters.count }

  private func renew() {
    // A task that nobody waits for does not go where its maker runs by itself.
    let executor = withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() }
    renewal = Task(executorPreference: executor) { await self.findNew() }
  }

  private func findNew() async {
    let result: Result<AWSCredentials, ServiceFailure>
    var mayOutlast = false
    do throws(ServiceFailure) {
      let found = try await provider.find()
      mayOutlast = found.mayOutlast
      result = .success(found.credentials)
    } catch {
      result = .failure(error)
    }
    waiters.resumeAll(state.finish(result, mayOutlast: mayOutlast, at: wallClock()))
  }
}
