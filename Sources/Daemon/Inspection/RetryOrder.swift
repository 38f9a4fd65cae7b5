package import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import SystemSupport

/// `queue retry`: asks the running daemon, or does it itself where none runs.
package enum RetryOrder {
  package enum Outcome: Sendable, Equatable {
    /// The daemon carries it out.
    case asked
    /// Done here; this many deliveries are due when the daemon starts.
    case done(Int)
  }

  package static func carryOut(_ request: RetryRequest, _ configuration: Configuration) async throws -> Outcome {
    let directory = configuration.journal.directory
    do {
      let hold = try StateHold(directory: directory, now: WallClock.now, forRun: false)
      defer { hold.journal.close() }
      return .done(try await hold.journal.retry(request.numbers, at: WallClock.now).count)
    } catch JournalError.alreadyRunning {
      try CommandRequest.retry(request).drop(in: directory)
      return .asked
    }
  }
}
