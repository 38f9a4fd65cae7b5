private import Synchronization

/// A loop's proof of life for the watchdog: either it rests (nothing to do), or it says since when it has been busy with
/// the present turn.
package final class ProgressBeacon: Sendable {
  /// What the loop is called in a message.
  package let name: String
  private let busySince = Atomic<Int64>(0)
  private let finishedTurns = Atomic<UInt64>(0)

  package init(name: String) {
    self.name = name
  }

  /// A turn begins. The loop's own thread.
  package func begin(at now: MonotonicInstant = .now) {
    busySince.store(max(now.nanoseconds, 1), ordering: .relaxed)
  }

  /// The turn is over, and the loop goes to wait. The loop's own thread.
  package func rest() {
    busySince.store(0, ordering: .relaxed)
    finishedTurns.add(1, ordering: .relaxed)
  }

  /// Turns completed: grows for ever.
  package var turns: UInt64 { finishedTurns.load(ordering: .relaxed) }

  /// How long the present turn has lasted; zero while the loop rests.
  package func busy(at now: MonotonicInstant = .now) -> Duration {
    let since = busySince.load(ordering: .relaxed)
    return since == 0 ? .zero : max(.zero, now - MonotonicInstant(nanoseconds: since))
  }
}
