package import DeliveryModel
import Synchronization

/// What happened since the start, counted for Prometheus: a constant amount of work and memory for each event.
package final class DeliveryMetrics: Sendable {
  /// The counts of one moment.
  package struct Counts: Sendable, Equatable {
    /// By folder.
    package var deliveries: [String: Int] = [:]
    /// By folder.
    package var bytes: [String: Int64] = [:]
    package var outcomes: [Outcome: Int] = [:]
    package var failures: [Failure: Int] = [:]
    /// From settled to acknowledged by S3, from there to acknowledged by DynamoDB, and both together.
    package var latencies: [Stage: LatencyHistogram] = [:]
    package var alerts: [AlertCount: Int] = [:]
  }

  /// What became of an alert.
  package enum AlertOutcome: String, Sendable, CaseIterable {
    case sent
    /// An attempt; another follows.
    case failed
    /// Held back, to be told with others.
    case held
  }

  package struct AlertCount: Sendable, Hashable {
    package var channel: AlertChannel
    package var outcome: AlertOutcome

    package init(channel: AlertChannel, outcome: AlertOutcome) {
      self.channel = channel
      self.outcome = outcome
    }
  }

  /// What became of a file other than a delivery.
  package enum Outcome: String, Sendable, CaseIterable {
    case parked
    case withdrawn
    case unchanged
    case torn
    /// Recorded before this journal: nothing was sent.
    case known
  }

  package struct Failure: Sendable, Hashable {
    package var service: ServiceLane
    package var failureClass: FailureClass

    package init(service: ServiceLane, failureClass: FailureClass) {
      self.service = service
      self.failureClass = failureClass
    }
  }

  package enum Stage: String, Sendable, CaseIterable {
    case upload
    case record
    case total
  }

  private let state = Mutex(Counts())

  package init() {}

  package var counts: Counts { state.withLock { $0 } }

  package func count(_ outcome: AlertOutcome, _ channel: AlertChannel, _ number: Int = 1) {
    state.withLock { $0.alerts[AlertCount(channel: channel, outcome: outcome), default: 0] += number }
  }

  /// Counts what the engine noted; `now` is the moment of it.
  package func take(_ note: DeliveryNote, _ delivery: Delivery?, at now: Timestamp) {
    state.withLock { $0.take(note, delivery, at: now) }
  }
}

extension DeliveryMetrics.Counts {
  fileprivate mutating func take(_ note: DeliveryNote, _ delivery: Delivery?, at now: Timestamp) {
    switch note {
    case .delivered: delivered(delivery, at: now)
    case .attemptFailed(_, let failure, _): failed(failure)
    case .parked: outcomes[.parked, default: 0] += 1
    case .withdrawn: outcomes[.withdrawn, default: 0] += 1
    case .unchanged, .touched: outcomes[.unchanged, default: 0] += 1
    case .known: outcomes[.known, default: 0] += 1
    case .torn: outcomes[.torn, default: 0] += 1
    case .rejected, .circuitOpened, .circuitClosed, .folderForgotten, .checksumFound: break
    }
  }

  private mutating func delivered(_ delivery: Delivery?, at now: Timestamp) {
    guard let delivery else { return }
    deliveries[delivery.file.folder, default: 0] += 1
    bytes[delivery.file.folder, default: 0] += delivery.file.identity.size
    latencies[.total, default: LatencyHistogram()].add(now - delivery.file.settled)
    // By the services' clock, so with a wrong one of ours it tells nothing of how long anything took.
    guard let uploaded = delivery.receipt?.uploaded, uploaded >= delivery.file.settled, uploaded <= now else { return }
    latencies[.upload, default: LatencyHistogram()].add(uploaded - delivery.file.settled)
    latencies[.record, default: LatencyHistogram()].add(now - uploaded)
  }

  private mutating func failed(_ failure: ServiceFailure) {
    let key = DeliveryMetrics.Failure(service: failure.lane, failureClass: failure.failureClass.counted)
    failures[key, default: 0] += 1
  }
}

extension FailureClass {
  /// As which class it is counted: rules for alerts ask for these. A refusal is one, whether it turns out to be of one
  /// delivery or of all.
  fileprivate var counted: FailureClass { self == .refused || self == .unprovable ? .blocked : self }
}

/// How many durations fell below each of a row of bounds: what Prometheus calls a histogram. A pure value.
package struct LatencyHistogram: Sendable, Equatable {
  /// Upper bounds in seconds: from one request on a good line to a day without a line.
  package static let bounds: [Double] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400]

  /// Durations within each bound and beyond the one before; the last are beyond all.
  package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// Seconds, all durations together.
  package private(set) var sum = 0.0

  package init() {}

  /// A clock that was set back makes a duration negative; it counts as none.
  package mutating func add(_ duration: Duration) {
    let seconds = max(0, Double(duration.wholeMilliseconds) / 1000)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }
}
