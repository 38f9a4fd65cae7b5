import Synchronization
import SystemSupport

/// What one caller waits for from a thread that may hang: given once, whoever gives it.
package final class Answer<Value: Sendable>: Sendable {
  private enum State {
    case open
    case waiting(CheckedContinuation<Value?, Never>)
    case given
  }

  private let state = Mutex(State.open)

  package init() {}

  /// Where it was given up before, the caller waits for nothing.
  package func wait(_ continuation: CheckedContinuation<Value?, Never>) {
    let isGiven = state.withLock { state in
      if case .given = state { return true }
      state = .waiting(continuation)
      return false
    }
    if isGiven { continuation.resume(returning: nil) }
  }

  package func give(_ value: Value?) {
    let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
      defer { state = .given }
      if case .waiting(let waiter) = state { return waiter }
      return nil
    }
    waiter?.resume(returning: value)
  }

  /// Gives nil once the pause is over.
  package func giveUp(after pause: Duration) {
    Task.detached(executorPreference: TaskPool.current) {
      await Pause.last(pause)
      self.give(nil)
    }
  }
}
