import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Feeds systemd's watchdog, but only while every loop proves that it comes round: a stuck one gets the service
/// restarted.
struct WatchdogService: Service {
  /// One loop to be proved alive.
  struct Loop: Sendable {
    var name: String
    /// Asks it to beat.
    var poke: @Sendable () -> Void
    /// How often it has beaten.
    var beats: @Sendable () -> UInt64
  }

  let interval: Duration
  let loops: [Loop]
  let notifier: any ServiceNotifier
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      notifier.watchdog()
      while !Task.isCancelled { await watchOnce() }
    }
  }

  /// Pokes every loop and looks after one interval which of them came round.
  private func watchOnce() async {
    let before = loops.map { $0.beats() }
    for loop in loops { loop.poke() }
    await Pause.last(interval)
    let stuck = zip(loops, before).filter { loop, beats in loop.beats() == beats }.map(\.0.name)
    if stuck.isEmpty { notifier.watchdog() } else { report(stuck) }
  }

  private func report(_ names: [String]) {
    guard !Task.isCancelled else { return }
    logger.error(
      """
      no sign of life from \(names.joined(separator: ", ")); systemd will restart the service unless it comes back. \
      Nothing is lost: the journal has every file
      """, metadata: [LogKey.messageID: MessageID.stuck.metadataValue])
  }
}

extension WatchdogService.Loop {
  /// A loop that counts its turns.
  init(_ beacon: ProgressBeacon) {
    self.init(name: beacon.name, poke: { beacon.poke() }, beats: { beacon.turns })
  }
}
