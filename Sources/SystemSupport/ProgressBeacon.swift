private import Synchronization

/// A loop's proof of life for the watchdog: woken, it comes round, and its turns grow.
///
/// A loop that waits proves nothing by waiting: its thread may have been stopped there.
package final class ProgressBeacon: Sendable {
  /// What the loop is called in a message.
  package let name: String
  private let wake: WakeUp
  private let finishedTurns = Atomic<UInt64>(0)

  /// `wake` ends the loop's wait.
  package init(name: String, wake: WakeUp) {
    self.name = name
    self.wake = wake
  }

  /// Asks the loop to come round. Any thread, never blocks.
  package func poke() { wake.signal() }

  /// A turn is over. The loop's own thread.
  package func turned() { finishedTurns.add(1, ordering: .relaxed) }

  /// Turns completed: grows for ever.
  package var turns: UInt64 { finishedTurns.load(ordering: .relaxed) }
}
