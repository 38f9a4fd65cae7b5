package import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import SystemSupport

/// `queue retry` and `queue dismiss`: ask the running daemon, or do it themselves where none runs.
package enum QueueOrder: Sendable {
  case retry(RetryRequest)
  case dismiss([Int64])

  package enum Outcome: Sendable, Equatable {
    /// The daemon carries it out.
    case asked
    /// Done here; for so many deliveries: those to be retried are due when the daemon starts.
    case done(Int)
  }

  package func carryOut(_ configuration: Configuration) async throws -> Outcome {
    let directory = configuration.journal.directory
    do {
      let hold = try StateHold(directory: directory, now: WallClock.now, forRun: false)
      defer { hold.journal.close() }
      return .done(try await carryOut(in: hold.journal))
    } catch JournalError.alreadyRunning {
      try request.drop(in: directory)
      return .asked
    }
  }

  private func carryOut(in journal: Journal) async throws -> Int {
    switch self {
    case .retry(let request): try await journal.retry(request.numbers, at: WallClock.now).count
    case .dismiss(let numbers): try await journal.dismiss(numbers, at: WallClock.now).count
    }
  }

  private var request: CommandRequest {
    switch self {
    case .retry(let request): .retry(request)
    case .dismiss(let numbers): .dismiss(numbers)
    }
  }
}
