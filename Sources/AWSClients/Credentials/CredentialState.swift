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

  /// Takes what a renewal gave. Credentials that have already expired are a failure: our clock is wrong, or theirs.
  mutating func finish(
    _ result: Result<AWSCredentials, ServiceFailure>, at now: Timestamp
  ) -> Result<AWSCredentials, ServiceFailure> {
    isRefreshing = false
    let checked = result.flatMap { Self.checked($0, at: now) }
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
    }
    return checked
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
    let pause = max(Self.pauses.ceiling(afterFailures: failures), min(failure.retryAfter ?? .zero, Self.pauses.cap))
    return now >= moment && now < moment + pause ? failure : nil
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
