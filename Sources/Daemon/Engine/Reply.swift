import Synchronization

/// The answer that somebody waits for. Whoever drops it unanswered tells that there will be none.
final class Reply: Sendable {
  private let waiter: Mutex<CheckedContinuation<Void, any Error>?>

  init(_ waiter: CheckedContinuation<Void, any Error>) {
    self.waiter = Mutex(waiter)
  }

  deinit { give(.failure(CancellationError())) }

  /// The first answer counts.
  func give(_ answer: Result<Void, any Error>) {
    waiter.withLock { $0.take() }?.resume(with: answer)
  }
}
