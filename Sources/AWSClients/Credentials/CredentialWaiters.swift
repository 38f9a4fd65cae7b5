import AWSSigning
import DeliveryModel
import Synchronization

/// Those who wait for a renewal. One who is cancelled leaves at once, without disturbing the others or the renewal.
final class CredentialWaiters: Sendable {
  typealias Outcome = Result<AWSCredentials, ServiceFailure>

  private struct State {
    var next: UInt64 = 0
    var waiting: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.waiting.count } }

  /// Registers at once on the caller's actor, so no outcome is missed between the decision to wait and the wait.
  func wait(isolation: isolated (any Actor)? = #isolation) async throws(ServiceFailure) -> AWSCredentials {
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { register($0, id: id) }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: .failure(Self.cancelled))
    }
    return try outcome.get()
  }

  private func register(_ continuation: CheckedContinuation<Outcome, Never>, id: UInt64) {
    let isCancelled = state.withLock { state in
      // Under the lock: a cancellation from here on finds the registered continuation.
      if Task.isCancelled { return true }
      state.waiting[id] = continuation
      return false
    }
    if isCancelled { continuation.resume(returning: .failure(Self.cancelled)) }
  }

  func resumeAll(_ outcome: Outcome) {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(returning: outcome) }
  }

  private static let cancelled = ServiceFailure(
    lane: .sts, failureClass: .retry, code: "cancelled", message: "the wait for credentials was cancelled")
}
