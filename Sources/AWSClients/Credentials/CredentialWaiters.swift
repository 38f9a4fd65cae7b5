import AWSSigning
import DeliveryModel
import Synchronization

/// Those who wait for a renewal. One who is cancelled leaves at once, without disturbing the others or the renewal.
final class CredentialWaiters: Sendable {
  typealias Outcome = Result<AWSCredentials, ServiceFailure>

  /// A place in the queue. Taken before the renewal begins, so that no outcome is missed, however fast it comes.
  struct Place: Sendable {
    fileprivate let id: UInt64
  }

  private enum Waiter {
    /// The place is taken, its owner not yet waiting.
    case arriving
    case waiting(CheckedContinuation<Outcome, Never>)
    /// The outcome came before its owner.
    case answered(Outcome)
  }

  private struct State {
    var next: UInt64 = 0
    var waiters: [UInt64: Waiter] = [:]
  }

  private let state = Mutex(State())

  /// How many wait.
  var count: Int {
    state.withLock { state in
      state.waiters.values.count { if case .waiting = $0 { true } else { false } }
    }
  }

  /// Takes a place. Whoever takes one waits with it.
  func enter() -> Place {
    state.withLock { state in
      state.next += 1
      state.waiters[state.next] = .arriving
      return Place(id: state.next)
    }
  }

  /// The outcome of the renewal that ended first since the place was taken.
  func wait(at place: Place) async throws(ServiceFailure) -> AWSCredentials {
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { register($0, id: place.id) }
    } onCancel: {
      if case .waiting(let continuation)? = state.withLock({ $0.waiters.removeValue(forKey: place.id) }) {
        continuation.resume(returning: .failure(Self.cancelled))
      }
    }
    return try outcome.get()
  }

  private func register(_ continuation: CheckedContinuation<Outcome, Never>, id: UInt64) {
    let outcome: Outcome? = state.withLock { state in
      switch state.waiters[id] {
      case .answered(let outcome)?:
        state.waiters[id] = nil
        return outcome
      case .arriving?:
        state.waiters[id] = .waiting(continuation)
        return nil
      // A cancellation gave the place up.
      case .waiting?, nil: return .failure(Self.cancelled)
      }
    }
    if let outcome { continuation.resume(returning: outcome) }
  }

  func resumeAll(_ outcome: Outcome) {
    let waiting = state.withLock { state -> [CheckedContinuation<Outcome, Never>] in
      var waiting: [CheckedContinuation<Outcome, Never>] = []
      for (id, waiter) in state.waiters {
        switch waiter {
        case .arriving: state.waiters[id] = .answered(outcome)
        case .waiting(let continuation):
          state.waiters[id] = nil
          waiting.append(continuation)
        case .answered: break
        }
      }
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: outcome) }
  }

  private static let cancelled = ServiceFailure(
    lane: .sts, failureClass: .retry, code: "cancelled", message: "the wait for credentials was cancelled")
}
