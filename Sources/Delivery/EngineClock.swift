import DaemonConfiguration
package import DeliveryModel
@preconcurrency import Dispatch
import Synchronization
import SystemSupport

/// The clocks, so that a test can hold them.
package struct EngineClock: Sendable {
  var wall: @Sendable () -> Timestamp
  var monotonic: @Sendable () -> ContinuousClock.Instant
  /// The local time of day at a moment, in seconds.
  var secondOfDay: @Sendable (Timestamp) -> Int = { LocalTime.secondOfDay(at: $0) }

  let service: ServiceClock

  package init(
    wall: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> ContinuousClock.Instant,
    service: ServiceClock
  ) {
    self.wall = wall
    self.monotonic = monotonic
    self.service = service
  }

  var now: ContinuousClock.Instant { monotonic() }
}

/// Notices that the wall clock was set: moments that were noted before mean something else then. A pure value.
struct ClockWatch: Sendable {
  private var last: (wall: Timestamp, now: ContinuousClock.Instant)?

  /// Smaller steps are those of a clock that is kept right.
  private static let tolerance = Duration.seconds(5)

  /// Whether the clock was set since the last call.
  mutating func wasSet(wall: Timestamp, now: ContinuousClock.Instant) -> Bool {
    defer { last = (wall, now) }
    guard let last else { return false }
    let drift = (wall - last.wall) - (now - last.now)
    return drift > Self.tolerance || drift < .zero - Self.tolerance
  }
}

/// One deadline on the monotonic clock, moved as often as wanted; there is no wake-up without one.
///
/// A deadline that moves on leaves the timer as it is: when that rings too early it is set anew. So a deadline that moves
/// with every turn of a busy loop costs no system call.
package final class Alarm: Sendable {
  private struct State {
    var deadline: ContinuousClock.Instant?
    /// When the timer rings; nil while it is not set.
    var armed: ContinuousClock.Instant?
  }

  private let source: any DispatchSourceTimer
  private let state = Mutex(State())

  /// `action` runs on a queue of its own, once per deadline.
  package init(_ action: @escaping @Sendable () -> Void) {
    source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "s3loggerd.alarm"))
    source.setEventHandler { [weak self] in
      if self?.ring(.now) == true { action() }
    }
    source.activate()
  }

  deinit { source.cancel() }

  /// Sets the deadline, or none.
  func set(_ next: ContinuousClock.Instant?, now: ContinuousClock.Instant) {
    state.withLock { state in
      state.deadline = next
      guard let next, state.armed.map({ next < $0 }) ?? true else { return }
      arm(&state, for: next, now: now)
    }
  }

  /// The deadline has been served.
  func clear() { state.withLock { $0.deadline = nil } }

  /// The timer rang. Returns whether the deadline has come; one that moved on is waited for again.
  private func ring(_ now: ContinuousClock.Instant) -> Bool {
    state.withLock { state in
      state.armed = nil
      guard let deadline = state.deadline else { return false }
      if deadline <= now { return true }
      arm(&state, for: deadline, now: now)
      return false
    }
  }

  private func arm(_ state: inout State, for moment: ContinuousClock.Instant, now: ContinuousClock.Instant) {
    state.armed = moment
    let wait = max(.zero, now.duration(to: moment))
    source.schedule(deadline: .now() + .nanoseconds(Int(wait.wholeNanoseconds)), leeway: .milliseconds(5))
  }
}

/// Which bandwidth limit is in force, and when the clock may change it. A pure value.
struct BandwidthTimer: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// Nil for no limit at any time.
  private var limit: BandwidthLimit?
  /// Bytes a second in force; nil for no limit.
  private(set) var rate: Int64?
  /// When to look at the clock again; nil for never.
  private(set) var lookAt: Instant?

  /// The clock may be set, or go over to summer time: it is looked at this often at least.
  private static let longest = Duration.seconds(3600)

  init(_ limit: BandwidthLimit?, now: Instant) {
    self.limit = limit
    lookAt = now
  }

  /// Takes a changed limit into use at the next look, which is due.
  mutating func use(_ limit: BandwidthLimit?, now: Instant) {
    self.limit = limit
    lookAt = now
  }

  /// Looks at the local time of day, in seconds, if that is due. Returns whether the rate changed.
  mutating func look(now: Instant, secondOfDay: () -> Int) -> Bool {
    guard let due = lookAt, now >= due else { return false }
    let second = secondOfDay()
    let old = rate
    rate = limit?.rate(at: second / 60)
    lookAt = limit?.minutesToChange(after: second / 60).map {
      now + min(.seconds($0 * 60 - second % 60), Self.longest)
    }
    return rate != old
  }
}

/// Random numbers for jitter and backoff, without the system call that each draw of the system's generator costs.
///
/// SplitMix64 (Steele, Lea, Flood 2014), seeded once by the system: good enough to keep machines from acting in step, and
/// for nothing that has to be secret.
package final class JitterSource: Sendable {
  private let state: Atomic<UInt64>

  package init(seed: UInt64 = .random(in: .min ... .max)) {
    state = Atomic(seed)
  }

  /// 0 ..< 1. From any thread.
  package func next() -> Double {
    var bits = state.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    bits ^= bits >> 31
    return Double(bits >> 11) * 0x1p-53
  }
}
