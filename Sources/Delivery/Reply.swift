import Synchronization

/// The answer that somebody waits for. Whoever drops it unanswered tells that there will be none.
package final class Reply<Value: Sendable>: Sendable {
  private let waiter: Mutex<CheckedContinuation<Value, any Error>?>

  init(_ waiter: CheckedContinuation<Value, any Error>) {
    self.waiter = Mutex(waiter)
  }

  deinit { give(.failure(CancellationError())) }

  /// The first answer counts.
  func give(_ answer: Result<Value, any Error>) {
    waiter.withLock { $0.take() }?.resume(with: answer)
  }
}
