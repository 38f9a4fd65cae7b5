import Delivery
import DeliveryJournal
import DeliveryModel
import SystemSupport

/// Holds a crash of the process before against the files that it had in hand: the third crash on one parks it, so that
/// no file can keep all others from being delivered.
struct CrashReport {
  let hold: StateHold
  let log: EngineLog

  func take(at moment: Timestamp) async throws {
    guard let left = hold.marks?.left, !left.isEmpty else { return }
    for delivery in try await hold.journal.countCrash(left, at: moment) { log.crashed(delivery) }
  }
}
