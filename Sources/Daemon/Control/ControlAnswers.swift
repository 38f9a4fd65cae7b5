import ControlSocket
import DaemonConfiguration
import Delivery
import DeliveryJournal
import DeliveryModel
import Folders
import Logging
import ServiceManager
import Settings
import SystemSupport

/// Answers what clients of the control socket ask. What changes something is durable before it is said.
struct ControlAnswers: Sendable {
  let engine: DeliveryEngine
  let orders: TakeOrders
  let status: LivingStatus
  let settings: SettingsInForce
  let snapshots: SnapshotSources
  let logger: Logger

  /// Between two looks of who watches.
  private static let interval = Duration.seconds(1)

  func answer(_ call: ControlCall) async {
    do {
      switch call.request {
      case .status: call.send(try await status.answer(for: call.access))
      case .watch: await watch(call)
      case .retry(let request): try await retry(request, call)
      case .dismiss(let numbers): try await dismiss(numbers, call)
      case .wait(let folder, let timeout): try await wait(folder, timeout, call)
      case .take(let folder, let path): try await take(TakeOrders.Order(folder: folder, path: path), call)
      }
    } catch let refusal as ControlRefusal {
      call.send(refusal)
    } catch is CancellationError {
      call.send(ControlRefusal(.failed, "the daemon ends; nothing was changed"))
    } catch {
      call.send(ControlRefusal(.failed, "\(error)"))
    }
  }

  private func watch(_ call: ControlCall) async {
    while call.isOpen, !Task.isCancelled {
      // Who does not read gets no news, only the next.
      if call.isDrained, let frame = try? await status.frame(for: call.access), !call.send(frame) { return }
      await Pause.last(Self.interval)
    }
  }

  private func wait(_ folder: String?, _ timeout: Duration?, _ call: ControlCall) async throws {
    if let folder { try requireFolder(folder) }
    let names = folder.map { [$0] } ?? settings.value.configuration.folders.map(\.name)
    await SnapshotWait(sources: snapshots, folders: names, areAll: folder == nil, call: call).run(within: timeout)
  }

  // MARK: Orders

  private func retry(_ request: RetryRequest, _ call: ControlCall) async throws {
    if case .folder(let name) = request { try requireFolder(name) }
    let outcome = try await patiently(call, "a retry") { try await engine.retry(request) }
    guard let outcome else { return }
    if case .numbers(let numbers) = request {
      for item in OrderReport.items(outcome, asked: numbers) { call.send(item) }
    }
    logger.info("carried out a retry that a command asked for")
    call.send(ControlEnd(changed: outcome.retried.count))
  }

  private func dismiss(_ numbers: [Int64], _ call: ControlCall) async throws {
    let outcome = try await patiently(call, "a dismissal") { try await engine.dismiss(numbers) }
    guard let outcome else { return }
    for item in OrderReport.items(outcome, asked: numbers) { call.send(item) }
    logger.info("carried out a dismissal that a command asked for")
    call.send(ControlEnd(changed: outcome.dismissed.ended.count))
  }

  /// What the journal cannot take now is tried again for as long as this daemon runs; the answer says so, and nobody is kept
  /// waiting. Nil where that was said.
  private func patiently<Outcome>(
    _ call: ControlCall, _ what: String, _ work: () async throws -> Outcome
  ) async throws -> Outcome? {
    var isTold = false
    while true {
      do {
        let outcome = try await work()
        if isTold { logger.notice("\(what) that a command asked for is carried out now") }
        return isTold ? nil : outcome
      } catch let error as JournalError where error.isPassing {
        if !isTold {
          logger.warning(
            "\(what) that a command asked for cannot be carried out now and is tried again: \(error)",
            metadata: [LogKey.code: "request"])
          call.send(ControlLater(reason: "\(error)"))
        }
        isTold = true
        await Pause.last(JournalError.pause)
        try Task.checkCancellation()
      }
    }
  }

  private func take(_ order: TakeOrders.Order, _ call: ControlCall) async throws {
    let folder = try requireFolder(order.folder)
    let limit = min(.seconds(2) + folder.settle * 2, .seconds(30))
    func item(_ outcome: ControlItem.Outcome, _ message: String) -> ControlItem {
      ControlItem(
        folder: order.folder, path: order.path.utf8Text ?? order.path.escaped, outcome, message)
    }
    var isTaken = false
    switch try await orders.carryOut(order, within: limit) {
    case .accepted?:
      isTaken = true
      call.send(item(.taken, "taken up"))
    case .noFile?: call.send(item(.noFile, "not taken up: \(TakeOutcome.noFile.reason)"))
    case .refused(let obstacle)?: call.send(item(.refused, "not taken up: \(obstacle.text)"))
    case nil:
      call.send(
        item(.noted, "noted: it is taken up once it is at rest and its folder can be read, also after a restart"))
    }
    call.send(ControlEnd(changed: isTaken ? 1 : 0))
  }

  @discardableResult
  private func requireFolder(_ name: String) throws -> FolderSettings {
    guard let folder = settings.value.configuration.folders.first(where: { $0.name == name }) else {
      throw ControlRefusal(.noFolder, "there is no folder \(EscapedText.escape(name)) in the configuration in force")
    }
    return folder
  }
}

extension JournalError {
  /// Whether the journal is whole and only cannot be written now.
  fileprivate var isPassing: Bool {
    switch self {
    case .storageFull, .busy: true
    default: false
    }
  }
}
