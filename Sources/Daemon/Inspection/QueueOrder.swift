package import ControlSocket
package import DaemonConfiguration
import Delivery
import DeliveryJournal
package import DeliveryModel
import SystemSupport

/// `queue retry`, `queue dismiss` and `queue take`: ask the running daemon, or do it themselves where none runs.
package enum QueueOrder: Sendable {
  case retry(RetryRequest)
  case dismiss([Int64])
  case take(folder: String, path: RelativePath)

  /// What came of it.
  package struct Report: Sendable, Equatable {
    package var items: [ControlItem] = []
    /// For how many deliveries or files it was carried out.
    package var changed = 0
    package var isRunning = true
    /// Why the daemon cannot carry it out now, and goes on trying; nil where it was.
    package var later: String?
  }

  /// Why nothing was changed, or why that is not known.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// In which the daemon says what came of an order: a disk may be slow.
  private static let patience = Duration.seconds(60)

  /// Throws ``Failure``, or a ``ControlRefusal``, in words.
  package func carryOut(_ configuration: Configuration, file: String) async throws -> Report {
    let deadline = MonotonicInstant.now + ControlConnection.patience
    while true {
      do {
        let connection = try DaemonConnection.open(configuration, file: file)
        return try ask(connection)
      } catch ControlConnection.Failure.nobody {
        if let report = try await carryOutHere(configuration) { return report }
        // It is about to begin or to end.
        guard .now < deadline else {
          throw Failure(
            description:
              "the daemon runs and has no control socket: it is starting or ending, or its log says why; nothing was changed"
          )
        }
        await Pause.last(.milliseconds(100))
      } catch let failure as ControlConnection.Failure {
        throw Failure(description: Self.words(for: failure))
      }
    }
  }

  private static func words(for failure: ControlConnection.Failure) -> String {
    switch failure {
    case .nobody, .silent:
      "\(failure); nothing was changed. Try again, and look at its log: journalctl -u s3loggerd"
    case .closed: "\(failure): orders are for root and the service's user, so run it with sudo; nothing was changed"
    case .broken, .garbled: "\(failure): it may have been carried out; look with s3loggerd queue"
    }
  }

  // MARK: By the daemon

  private func ask(_ connection: ControlConnection) throws -> Report {
    var report = Report()
    for request in requests {
      try connection.ask(request)
      do {
        while let line = try Self.next(connection, &report) { report.items.append(line) }
      } catch ControlConnection.Failure.silent {
        throw Failure(
          description:
            "the daemon has not said within \(Self.patience.components.seconds) s what came of it: it may still be carried "
            + "out; look with s3loggerd queue")
      }
      if report.later != nil { break }
    }
    return report
  }

  /// The next item; nil after the last.
  private static func next(_ connection: ControlConnection, _ report: inout Report) throws -> ControlItem? {
    let line = try connection.rawLine(within: patience)
    if let end = try? ControlProtocol.decode(ControlEnd.self, line) {
      report.changed += end.changed
      return nil
    }
    if let later = try? ControlProtocol.decode(ControlLater.self, line) {
      report.later = later.reason
      return nil
    }
    guard let item = try? ControlProtocol.decode(ControlItem.self, line) else {
      throw ControlConnection.Failure.garbled
    }
    return item
  }

  private var requests: [ControlRequest] {
    switch self {
    case .retry(.numbers(let numbers)): Self.parts(of: numbers).map { .retry(.numbers($0)) }
    case .retry(let request): [.retry(request)]
    case .dismiss(let numbers): Self.parts(of: numbers).map { .dismiss($0) }
    case .take(let folder, let path): [.take(folder: folder, path: path)]
    }
  }

  private static func parts(of numbers: [Int64]) -> [[Int64]] {
    stride(from: 0, to: numbers.count, by: ControlRequest.numberLimit).map {
      Array(numbers[$0..<min(numbers.count, $0 + ControlRequest.numberLimit)])
    }
  }

  // MARK: Without a daemon

  /// Nil where another process has the journal.
  private func carryOutHere(_ configuration: Configuration) async throws -> Report? {
    let hold: StateHold
    do {
      hold = try StateHold(directory: configuration.journal.directory, now: WallClock.now, forRun: false)
    } catch JournalError.alreadyRunning {
      return nil
    }
    defer { hold.journal.close() }
    var report = Report(isRunning: false)
    switch self {
    case .retry(let request):
      let retried = try await hold.journal.retry(request, at: WallClock.now)
      if case .numbers(let numbers) = request {
        report.items = OrderReport.items(RetryOutcome(retried), asked: numbers, isRunning: false)
      }
      report.changed = retried.count
    case .dismiss(let numbers):
      let dismissed = try await hold.journal.dismiss(numbers, at: WallClock.now)
      report.items = OrderReport.items(DismissalOutcome(dismissed), asked: numbers)
      report.changed = dismissed.ended.count
    case .take(let folder, let path):
      try TakeOrders(directory: hold.directory).addNow(TakeOrders.Order(folder: folder, path: path))
      StateOwner.give([TakeOrders.fileName], in: hold.directory)
      report.items = [
        ControlItem(
          folder: folder, path: path.utf8Text ?? path.escaped, .noted,
          "taken up when the daemon starts; it does not run now")
      ]
    }
    return report
  }
}
