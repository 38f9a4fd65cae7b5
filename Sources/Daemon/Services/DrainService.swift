import Alerts
import DaemonConfiguration
import Delivery
import DeliveryModel
import Folders
import ServiceLifecycle
import Settings
import Status
import SystemSupport
import Synchronization

/// `run --drain`: ends the daemon once everything that is in the folders now is delivered, or when the time is up.
struct DrainService: Service {
  let limit: Duration
  let settings: SettingsInForce
  let board: StatusBoard
  let watcher: DropWatcher
  let folders: FolderSet
  let alerts: AlertSignals
  /// Receives something whenever it is worth looking again.
  let changes: Mailbox<Void>
  let outcome: DrainOutcome

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await Pause.last(limit) }
        group.addTask { await waitUntilDrained() }
        await group.next()
        group.cancelAll()
      }
    }
  }

  private func waitUntilDrained() async {
    while !Task.isCancelled {
      if isDrained {
        if parked == 0, unreadable == 0 { outcome.markComplete() }
        return
      }
      await waitForChange()
    }
  }

  /// A file may also leave the watcher without a word, when it vanishes while it settles: hence the short limit.
  private func waitForChange() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await changes.take() }
      group.addTask { await Pause.last(.milliseconds(200)) }
      await group.next()
      group.cancelAll()
    }
  }

  /// What waits for a person is left over.
  private var parked: Int { board.engine?.counters.byState[.parked] ?? 0 }

  /// What the daemon may not read is left over too.
  private var unreadable: Int { watcher.status().reduce(0) { $0 + ($1.ignored[.unreadable] ?? 0) } }

  /// Nothing is left to do by itself: every folder was scanned whole, nothing settles, nothing is open.
  private var isDrained: Bool {
    // The watcher first: what it has handed over by now, the engine's view contains.
    let folders = watcher.status()
    guard folders.count == settings.value.configuration.folders.count else { return false }
    guard folders.allSatisfy({ $0.firstScanFinished && $0.waiting == 0 }) else { return false }
    guard let engine = board.engine else { return false }
    return engine.isIdle && engine.counters.open == 0 && self.folders.isIdle && alerts.isIdle
  }
}

/// Whether a drain got everything done.
final class DrainOutcome: Sendable {
  private let complete = Atomic(false)

  func markComplete() { complete.store(true, ordering: .relaxed) }

  var isComplete: Bool { complete.load(ordering: .relaxed) }
}
