import Synchronization

/// Lets a task wait for the end of a thread, or of several, even after the task was cancelled.
final class ThreadExit: Sendable {
  private let state: Mutex<State>

  private enum State {
    case running(threads: Int, CheckedContinuation<Void, Never>?)
    case ended
  }

  /// `threads`: how many signals it takes.
  init(threads: Int = 1) {
    state = Mutex(threads > 0 ? .running(threads: threads, nil) : .ended)
  }

  /// A thread is about to end.
  func signal() {
    end { $0 - 1 }
  }

  /// Those that have not signalled are waited for no longer.
  func giveUp() {
    end { _ in 0 }
  }

  private func end(_ left: (Int) -> Int) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard case .running(let threads, let waiter) = state else { return nil }
      let left = left(threads)
      state = left > 0 ? .running(threads: left, waiter) : .ended
      return left > 0 ? nil : waiter
    }
    waiter?.resume()
  }

  /// Returns after the last ``signal()``, or ``giveUp()``. One waiter.
  func wait() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        guard case .running(let threads, _) = state else { return true }
        state = .running(threads: threads, continuation)
        return false
      }
      if hasEnded { continuation.resume() }
    }
  }
}
