package import DeliveryModel

/// When one request is sent again within the same attempt: the AWS SDKs' standard mode, as revised in 2026. A pure value.
///
/// It bridges what lasts a moment. What lasts longer is the journal's matter, which has no limit.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
package struct StandardRetry: Sendable, Equatable {
  /// The numbers of the mode; DynamoDB has its own.
  package struct Rules: Sendable, Equatable {
    /// Sendings in all.
    package var maximumAttempts: Int
    package var base: Duration
    package var throttlingBase: Duration
    package var cap: Duration

    package init(
      maximumAttempts: Int = 3, base: Duration = .milliseconds(50), throttlingBase: Duration = .seconds(1),
      cap: Duration = .seconds(20)
    ) {
      self.maximumAttempts = maximumAttempts
      self.base = base
      self.throttlingBase = throttlingBase
      self.cap = cap
    }

    package static func of(_ lane: ServiceLane) -> Rules {
      lane == .dynamodb ? Rules(maximumAttempts: 4, base: .milliseconds(25)) : Rules()
    }
  }

  /// How much longer than its own delay a request waits because the service wishes so.
  package static let longestExtension = Duration.seconds(5)

  private var attempts = 1
  private var lastCost: Int?

  package init() {}

  /// How long to wait before sending the request again after `failure`; nil where it is given up: the attempts or the
  /// quota are used up, or the failure is not transient. `random` is in 0 ..< 1.
  package mutating func delay(
    after failure: ServiceFailure, _ rules: Rules, _ quota: inout RetryQuota, random: Double
  ) -> Duration? {
    let isThrottle = failure.failureClass == .throttle
    guard isThrottle || failure.failureClass == .retry, attempts < rules.maximumAttempts else { return nil }
    let cost = isThrottle ? RetryQuota.throttlingCost : RetryQuota.cost
    guard quota.take(cost) else { return nil }
    lastCost = cost
    let schedule = RetrySchedule(base: isThrottle ? rules.throttlingBase : rules.base, cap: rules.cap)
    let own = schedule.delay(afterFailures: attempts, random: random)
    attempts += 1
    return min(max(own, failure.retryAfter ?? .zero), own + Self.longestExtension)
  }

  /// The request succeeded: what its last repetition cost goes back, or one token for none.
  package func succeeded(_ quota: inout RetryQuota) { quota.give(lastCost ?? 1) }
}

/// How many repetitions a service's requests may have in all, so that they do not add to an outage. Shared by all the
/// requests of a lane.
package struct RetryQuota: Sendable, Equatable {
  package static let capacity = 500
  static let cost = 14
  static let throttlingCost = 5

  package private(set) var tokens: Int

  package init(tokens: Int = capacity) {
    self.tokens = tokens
  }

  mutating func take(_ cost: Int) -> Bool {
    guard tokens >= cost else { return false }
    tokens -= cost
    return true
  }

  mutating func give(_ amount: Int) { tokens = min(Self.capacity, tokens + amount) }
}
