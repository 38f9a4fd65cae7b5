import Synchronization

/// Lets a task wait for the end of a thread, even after the task was cancelled.
final class ThreadExit: Sendable {
  private let state = Mutex(State.running(nil))

  private enum State {
    case running(CheckedContinuation<Void, Never>?)
    case ended
  }

  /// The thread is about to end.
  func signal() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      defer { state = .ended }
      guard case .running(let waiter) = state else { return nil }
      return waiter
    }
    waiter?.resume()
  }

  /// Returns after ``signal()``. One waiter.
  func wait() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if case .ended = state { return true }
        state = .running(continuation)
        return false
      }
      if hasEnded { continuation.resume() }
    }
  }
}
