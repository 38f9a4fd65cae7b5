import DeliveryModel
import Folders
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Gives the orders that stand to the watcher, and says in the log what came of them.
struct TakeOrderService: Service {
  let orders: TakeOrders
  let watcher: DropWatcher
  let logger: Logger

  /// The folder may be away, or the file not at rest: then it is asked again.
  private static let pause = Duration.seconds(2)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await settleAnswered()
        let standing = orders.standing
        for order in standing {
          watcher.take(folder: order.folder, path: order.path) { [orders] in orders.answered(order, $0) }
        }
        await waitForChange(atMost: standing.isEmpty ? nil : Self.pause)
      }
    }
  }

  private func settleAnswered() async {
    do {
      for (order, outcome) in try await orders.takeAnswered() { report(order, outcome) }
    } catch {
      logger.warning(
        "an order that was carried out cannot be taken off the list: \(error); it is carried out again, which changes nothing",
        metadata: [LogKey.code: "request"])
    }
  }

  private func report(_ order: TakeOrders.Order, _ outcome: TakeOutcome) {
    switch outcome {
    case .accepted:
      logger.notice("\(order.subject): taken up although its name is passed over: a command asked for it")
    case .noFile, .refused:
      logger.warning("\(order.subject): not taken up as a command asked: \(outcome.reason)")
    }
  }

  private func waitForChange(atMost limit: Duration?) async {
    guard let limit else {
      _ = await orders.changes.take()
      return
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await orders.changes.take() }
      group.addTask { await Pause.last(limit) }
      await group.next()
      group.cancelAll()
    }
  }
}

extension TakeOutcome {
  /// Why it was not taken, for a message.
  var reason: String {
    switch self {
    case .accepted: "it was"
    case .noFile: "it is no longer there"
    case .refused(let obstacle): obstacle.text
    }
  }
}
