import DeliveryModel
import Glibc
import SystemSupport

/// Empties the kernel's queues at once, whatever the folders' threads are doing: a queue that overflows costs a scan of
/// everything. And looks whether these threads come on, while there is one at work. It touches neither disk nor journal,
/// and so waits for no folder. One thread.
struct FolderSupervisor {
  let exchange: WatchExchange
  let folders: FolderSet
  /// What a folder's thread that falls silent means for those who wait for it.
  let fellSilent: (FolderRunner) -> Void
  /// The same of the reading of a large file.
  let readingFellSilent: (FolderRunner, Timestamp) -> Void

  /// Between two looks at threads that are at work.
  private static let interval = Duration.seconds(2)

  func run() {
    let mounts = Self.openMounts()
    defer { if mounts >= 0 { close(mounts) } }
    var scratch: [UInt8] = []
    var nextLook: MonotonicInstant?
    while !exchange.isStopping {
      let sources = exchange.currentSources
      let numbers = [folders.supervisorWake.number] + sources.map(\.instance.number)
      exchange.beacon.turned()
      let ready = DescriptorWait.ready(numbers, urgent: mounts >= 0 ? mounts : nil, until: nextLook)
      folders.supervisorWake.clear()
      let now = MonotonicInstant.now
      var any = false
      for source in sources where ready.contains(source.instance.number) {
        any = source.drain(scratch: &scratch, at: now) || any
      }
      if ready.contains(mounts) { for folder in folders.all { folder.post(.checkRoot) } }
      nextLook = look(at: now, next: nextLook)
      // In a flood, events are taken a millisecond's worth at a time: a wake-up per file would cost more than the file.
      if any { _ = DescriptorWait.ready([folders.supervisorWake.number], until: now + .milliseconds(1)) }
    }
  }

  /// Looks after the threads, if it is time to. When the next look is due; nil for none until somebody calls.
  private func look(at now: MonotonicInstant, next: MonotonicInstant?) -> MonotonicInstant? {
    if let next, next > now { return next }
    guard folders.supervision.takeUp() || next != nil else { return nil }
    var isAnyAtWork = false
    for runner in folders.all.map(\.runner) {
      let wall = exchange.wallClock()
      for reading in [runner.reading, runner.longReading].map({ $0.look(at: now, wall: wall) }) {
        if reading != .resting { isAnyAtWork = true }
        if case .fallsSilent(let since) = reading { readingFellSilent(runner, since) }
      }
      switch runner.activity.look(at: now, wall: wall) {
      case .resting: break
      case .comesOn, .hangs: isAnyAtWork = true
      case .fallsSilent:
        isAnyAtWork = true
        fellSilent(runner)
      }
    }
    guard isAnyAtWork else { return nil }
    folders.supervision.goOn()
    return now + Self.interval
  }

  /// `proc(5)`: reports each mount and unmount as urgent news, without being read.
  private static func openMounts() -> Int32 {
    open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
  }
}
