import Glibc
import SystemSupport

/// Empties the kernel's queues at once, whatever the worker is doing: a queue that overflows costs a scan of everything.
/// It touches neither disk nor journal. One thread.
struct EventReader {
  let exchange: WatchExchange

  func run() {
    let mounts = Self.openMounts()
    defer { if mounts >= 0 { close(mounts) } }
    var scratch: [UInt8] = []
    while !exchange.isStopping {
      let sources = exchange.currentSources
      let numbers = [exchange.readerWake.number] + sources.map(\.instance.number)
      exchange.readerBeacon.turned()
      let ready = DescriptorWait.ready(numbers, urgent: mounts >= 0 ? mounts : nil)
      exchange.readerWake.clear()
      let now = MonotonicInstant.now
      var any = false
      for source in sources where ready.contains(source.instance.number) {
        any = source.drain(scratch: &scratch, at: now) || any
      }
      if any { exchange.workerWake.signal() }
      if ready.contains(mounts) { exchange.post(.checkRoots) }
      // In a flood, events are taken a millisecond's worth at a time: a wake-up per file would cost more than the file.
      if any { _ = DescriptorWait.ready([exchange.readerWake.number], until: now + .milliseconds(1)) }
    }
  }

  /// `proc(5)`: reports each mount and unmount as urgent news, without being read.
  private static func openMounts() -> Int32 {
    open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
  }
}
