import AWSClients
import AWSSigning
import DeliveryModel
import Synchronization

/// A provider whose every call waits until the test answers it.
final class GatedProvider: CredentialProvider {
  typealias Outcome = Result<AWSCredentials, ServiceFailure>

  private let gates: AsyncStream<CheckedContinuation<Outcome, Never>>
  private let arrived: AsyncStream<CheckedContinuation<Outcome, Never>>.Continuation
  private let count = Mutex(0)

  init() { (gates, arrived) = AsyncStream.makeStream() }

  /// How often it was asked.
  var calls: Int { count.withLock { $0 } }

  func find() async throws(ServiceFailure) -> SourcedCredentials {
    count.withLock { $0 += 1 }
    let outcome = await withCheckedContinuation { arrived.yield($0) }
    return SourcedCredentials(try outcome.get(), from: "a gate")
  }

  /// Waits for the next call and answers it.
  func answer(_ outcome: Outcome) async {
    for await gate in gates {
      gate.resume(returning: outcome)
      return
    }
  }
}
