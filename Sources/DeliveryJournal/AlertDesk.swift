package import DeliveryModel
import Synchronization

/// What the journal writes down to be told, and who wants to hear that it did.
package final class AlertDesk: Sendable {
  /// What one transaction wrote, by channel.
  package struct Tally: Sendable, Equatable {
    /// To be told now.
    package var written: [AlertChannel: Int] = [:]
    /// Held back until the hour is over.
    package var held: [AlertChannel: Int] = [:]

    package var isEmpty: Bool { written.isEmpty && held.isEmpty }
  }

  private struct State {
    var policy: AlertPolicy?
    var listener: (@Sendable (Tally) -> Void)?
  }

  private let state = Mutex(State())

  /// Nil writes nothing.
  package var policy: AlertPolicy? {
    get { state.withLock { $0.policy } }
    set { state.withLock { $0.policy = newValue } }
  }

  /// `listener` is called after every commit that wrote alerts, on the thread that asked for it.
  package func listen(_ listener: @escaping @Sendable (Tally) -> Void) {
    state.withLock { $0.listener = listener }
  }

  func tell(_ tally: Tally) {
    if !tally.isEmpty { state.withLock { $0.listener }?(tally) }
  }
}
