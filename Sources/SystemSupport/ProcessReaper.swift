import CLinux
import Glibc
private import Synchronization

/// Takes the exit statuses of processes that were killed and did not end soon: the kernel keeps one, killed or not, for as
/// long as it waits for a disk that hangs. One that nobody waits for stays in the table of processes, and counts against
/// the unit's `TasksMax=`, until the daemon ends.
final class ProcessReaper: Sendable {
  static let shared = ProcessReaper()

  private struct State {
    var left: [pid_t] = []
    var isRunning = false
  }

  private let state = Mutex(State())

  /// Waits for the end of a child that was killed, so long at the most; then it is left to a thread that exists while
  /// there is one to wait for. `exit`: its descriptor (`pidfd_open(2)`).
  ///
  /// - Returns: its exit status, or 128 and the signal; nil where it is still there.
  func reap(_ pid: pid_t, _ exit: Int32, within patience: Duration) -> Int32? {
    if !DescriptorWait.ready([exit], until: .now + patience).isEmpty { return clinux_reap(pid) }
    leave(pid)
    return nil
  }

  /// Leaves a child that was killed to the thread.
  func leave(_ pid: pid_t) {
    let isFirst = state.withLock { state in
      state.left.append(pid)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard isFirst else { return }
    do throws(SystemCallError) {
      try BlockingThread(named: "s3l-reap") { self.run() }.detach()
    } catch {
      // The next one that is left brings the thread for all.
      state.withLock { $0.isRunning = false }
    }
  }

  private func run() {
    while !isOver() { sleep(1) }
  }

  private func isOver() -> Bool {
    state.withLock { state in
      state.left.removeAll { clinux_reap_ended($0) != 0 }
      state.isRunning = !state.left.isEmpty
      return state.left.isEmpty
    }
  }
}
