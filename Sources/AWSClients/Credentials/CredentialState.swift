import AWSSigning
import DeliveryModel

/// The rules of the credential cache, without waiting and without a clock.
struct CredentialState {
  enum Decision: Equatable {
    case use(AWSCredentials)
    /// Use these, and begin a renewal that nobody waits for.
    case useAndRefresh(AWSCredentials)
    /// Begin a renewal and wait for it.
    case refresh
    /// Wait for the renewal under way.
    case wait
    /// The last renewal failed a moment ago; the next one comes after a pause.
    case fail(ServiceFailure)
  }

  /// The pause after failed renewals.
  static let pauses = RetrySchedule(base: .seconds(1), cap: .seconds(60))

  private var current: AWSCredentials?
  private var window: RefreshWindow?
  /// See ``SourcedCredentials/mayOutlast``.
  private var mayOutlast = false
  /// A service refused the current ones.
  private var isInvalid = false
  private var isRefreshing = false
  private var failures = 0
  private var lastFailure: (failure: ServiceFailure, at: Timestamp)?

  /// From when on the present credentials are renewed; nil if they do not expire, or there are none.
  var renewalDue: Timestamp? { window?.advisory }

  /// What to do for one who asks at `now`. A decision to renew counts as begun.
  mutating func decide(at now: Timestamp) -> Decision {
    if let current, isUsable(at: now) {
      guard let window, now >= window.advisory, !isRefreshing, pauseAfterFailure(at: now) == nil else {
        return .use(current)
      }
      isRefreshing = true
      return .useAndRefresh(current)
    }
    if isRefreshing { return .wait }
    if let failure = pauseAfterFailure(at: now) { return .fail(failure) }
    isRefreshing = true
    return .refresh
  }

  /// Takes what a renewal gave. Credentials that have already expired are a failure: our clock is wrong, or theirs. Those
  /// that may outlast their end are used all the same, and so are the old ones where none came in their place.
  mutating func finish(
    _ result: Result<AWSCredentials, ServiceFailure>, mayOutlast: Bool = false, at now: Timestamp
  ) -> Result<AWSCredentials, ServiceFailure> {
    isRefreshing = false
    if case .success = result { self.mayOutlast = mayOutlast }
    let checked = result.map { mayOutlast ? Self.prolonged($0, at: now) : $0 }.flatMap { Self.checked($0, at: now) }
    switch checked {
    case .success(let credentials):
      current = credentials
      window = RefreshWindow(of: credentials, obtained: now)
      isInvalid = false
      failures = 0
      lastFailure = nil
    case .failure(let failure):
      failures += 1
      lastFailure = (failure, now)
      if self.mayOutlast, !isInvalid, let current, let window, now >= window.mandatory {
        let outlasting = Self.prolonged(current, at: now)
        self.current = outlasting
        self.window = RefreshWindow(of: outlasting, obtained: now)
        return .success(outlasting)
      }
    }
    return checked
  }

  /// How long the pause after the last failure still lasts; nil where there is none.
  func pause(at now: Timestamp) -> Duration? {
    guard pauseAfterFailure(at: now) != nil, let lastFailure else { return nil }
    return lastFailure.at + pauseLength(after: lastFailure.failure) - now
  }

  /// Somebody says that the cause is gone: the next who asks need not wait.
  mutating func endPause() { lastFailure = nil }

  /// So long credentials are used past their end before they are asked for again: as in the SDKs, a quarter of an hour
  /// of which the last part is for renewal.
  static let extensionTime = Duration.seconds(900)

  /// With an end that is not near.
  private static func prolonged(_ credentials: AWSCredentials, at now: Timestamp) -> AWSCredentials {
    guard let expiration = credentials.expiration, expiration < now + .seconds(60) else { return credentials }
    var copy = credentials
    copy.expiration = now + extensionTime
    return copy
  }

  /// Forces one renewal, if the refused credentials are still the current ones.
  mutating func invalidate(_ used: AWSCredentials) {
    if used == current { isInvalid = true }
  }

  private func isUsable(at now: Timestamp) -> Bool {
    guard !isInvalid else { return false }
    return window.map { now < $0.mandatory } ?? true
  }

  /// The last failure, while the pause after it lasts. A clock that was set back ends the pause.
  private func pauseAfterFailure(at now: Timestamp) -> ServiceFailure? {
    guard let (failure, moment) = lastFailure else { return nil }
    return now >= moment && now < moment + pauseLength(after: failure) ? failure : nil
  }

  private func pauseLength(after failure: ServiceFailure) -> Duration {
    max(Self.pauses.ceiling(afterFailures: failures), min(failure.retryAfter ?? .zero, Self.pauses.cap))
  }

  private static func checked(
    _ credentials: AWSCredentials, at now: Timestamp
  ) -> Result<AWSCredentials, ServiceFailure> {
    guard let expiration = credentials.expiration, expiration <= now else { return .success(credentials) }
    let moment = expiration.iso8601
    return .failure(
      .credentials(
        "expired-credentials", "the new credentials expired at \(moment) already; check this machine's clock"))
  }
}
