package import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import SystemSupport

/// `queue dismiss`: asks the running daemon, or does it itself where none runs.
package enum DismissalOrder {
  package static func carryOut(
    _ numbers: [Int64], _ configuration: Configuration
  ) async throws -> RetryOrder.Outcome {
    let directory = configuration.journal.directory
    do {
      let hold = try StateHold(directory: directory, now: WallClock.now, forRun: false)
      defer { hold.journal.close() }
      return .done(try await hold.journal.dismiss(numbers, at: WallClock.now).count)
    } catch JournalError.alreadyRunning {
      try CommandRequest.dismiss(numbers).drop(in: directory)
      return .asked
    }
  }
}
