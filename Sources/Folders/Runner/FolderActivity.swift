package import DeliveryModel
import Synchronization
import SystemSupport

/// Tells whether a thread that works in a folder comes on, or hangs in a call that does not return.
///
/// The thread says when it begins, comes on and rests; the supervisor looks at it. Nothing here blocks.
package final class FolderActivity: Sendable {
  /// A call that has not returned for so long makes its folder one that does not answer.
  package static let patience = Duration.seconds(15)

  /// `CLOCK_MONOTONIC`, in nanoseconds, of the last sign of life while something is under way; 0 while nothing is.
  private let lastSign = Atomic<Int64>(0)
  /// Set while the thread is known to hang: since when, in milliseconds of the wall clock; 0 for not.
  private let hangsSince = Atomic<Int64>(0)
  private let supervision: Supervision

  init(supervision: Supervision) {
    self.supervision = supervision
  }

  /// Something that may block begins. The working thread.
  package func begin() {
    lastSign.store(MonotonicInstant.now.nanoseconds, ordering: .sequentiallyConsistent)
    supervision.isWanted()
  }

  /// A call has returned, and another follows. The working thread.
  package func comeOn() { lastSign.store(MonotonicInstant.now.nanoseconds, ordering: .relaxed) }

  /// All has returned. Whether it had been declared not to answer until now. The working thread.
  package func rest() -> Bool {
    lastSign.store(0, ordering: .releasing)
    return hangsSince.exchange(0, ordering: .acquiringAndReleasing) != 0
  }

  /// Since when the thread is known to hang; nil for not.
  package var silentSince: Timestamp? {
    let since = hangsSince.load(ordering: .acquiring)
    return since == 0 ? nil : Timestamp(milliseconds: since)
  }

  /// What a look finds.
  enum Finding: Equatable {
    case resting
    case comesOn
    /// It has begun to hang, as far as can be known; answered once for each time.
    case fallsSilent(since: Timestamp)
    case hangs
  }

  /// The supervisor's look. `wall` is the present.
  func look(at now: MonotonicInstant, wall: Timestamp) -> Finding {
    let sign = lastSign.load(ordering: .sequentiallyConsistent)
    if sign == 0 { return .resting }
    let quiet = now - MonotonicInstant(nanoseconds: sign)
    if quiet < Self.patience { return hangsSince.load(ordering: .acquiring) == 0 ? .comesOn : .hangs }
    let since = wall + (.zero - quiet)
    let (isNew, _) = hangsSince.compareExchange(
      expected: 0, desired: max(1, since.milliseconds), ordering: .acquiringAndReleasing)
    // The thread may have come back in between: then nobody would end what is declared here.
    if isNew, lastSign.load(ordering: .acquiring) != sign {
      return hangsSince.exchange(0, ordering: .acquiringAndReleasing) == 0 ? .hangs : .comesOn
    }
    return isNew ? .fallsSilent(since: since) : .hangs
  }
}

/// Calls the supervisor while there is something to look after, and only then: a thread that begins to work wakes it once.
final class Supervision: Sendable {
  private let isLooking = Atomic(false)
  private let wake: WakeUp

  /// `wake` ends the supervisor's wait.
  init(wake: WakeUp) {
    self.wake = wake
  }

  /// Somebody begins to work.
  func isWanted() {
    if isLooking.load(ordering: .sequentiallyConsistent) { return }
    if !isLooking.exchange(true, ordering: .sequentiallyConsistent) { wake.signal() }
  }

  /// Whether to look. The supervisor asks before it looks at everybody: who begins after that calls it again.
  func takeUp() -> Bool { isLooking.exchange(false, ordering: .sequentiallyConsistent) }

  /// Somebody is at work: another look follows without a call.
  func goOn() { isLooking.store(true, ordering: .sequentiallyConsistent) }
}
