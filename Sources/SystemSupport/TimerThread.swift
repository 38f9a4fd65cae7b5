import CLinux
import Glibc
import Synchronization

/// One thread that resumes sleeping tasks: it sleeps in the kernel until the first is due, and there is no other wake-up.
///
/// A sleep that ends early leaves the kernel's timer as it is, so what is begun and given up all the time costs no system
/// call. Lives as long as the program.
final class TimerThread: Sendable {
  private struct Sleeper {
    var due: ContinuousClock.Instant
    var endsWhenClockIsSet: Bool
    var continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var sleepers: [UInt64: Sleeper] = [:]
    var last: UInt64 = 0
    /// When the kernel's timer rings; nil while it is not set.
    var armed: ContinuousClock.Instant?

    /// Those whose time has come, the earliest first.
    mutating func take(now: ContinuousClock.Instant, clockWasSet: Bool) -> [CheckedContinuation<Void, Never>] {
      let due = sleepers.filter { $0.value.due <= now || (clockWasSet && $0.value.endsWhenClockIsSet) }
      for number in due.keys { sleepers[number] = nil }
      return due.values.sorted { $0.due < $1.due }.map(\.continuation)
    }
  }

  private let state = Mutex(State())
  /// Rings at the time that the first sleeper waits for. Like `ContinuousClock`, it goes on while the machine sleeps.
  private let timer: OwnedDescriptor
  /// Can be read once the wall clock was set.
  private let clockChange: OwnedDescriptor

  init() throws(SystemCallError) {
    timer = OwnedDescriptor(owning: try systemCall("timerfd_create") { clinux_timer() })
    clockChange = OwnedDescriptor(owning: try systemCall("timerfd_create") { clinux_clock_watch() })
    try BlockingThread(named: "s3l-timer") { self.run() }.detach()
  }

  /// Returns at `due`, when the task is cancelled or, if wanted, when the wall clock is set.
  func sleep(until due: ContinuousClock.Instant, endsWhenClockIsSet: Bool) async {
    let number = state.withLock { state in
      state.last += 1
      return state.last
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        add(number, Sleeper(due: due, endsWhenClockIsSet: endsWhenClockIsSet, continuation: continuation))
      }
    } onCancel: {
      cancel(number)
    }
  }

  private func add(_ number: UInt64, _ sleeper: Sleeper) {
    let isCancelled = state.withLock { state in
      // A task is marked as cancelled before its handler runs, which waits for this lock.
      if Task.isCancelled { return true }
      state.sleepers[number] = sleeper
      arm(&state, for: sleeper.due)
      return false
    }
    if isCancelled { sleeper.continuation.resume() }
  }

  private func cancel(_ number: UInt64) {
    state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume()
  }

  private func arm(_ state: inout State, for due: ContinuousClock.Instant) {
    guard state.armed.map({ due < $0 }) ?? true else { return }
    state.armed = due
    _ = clinux_set_timer(timer.number, max(1, ContinuousClock.now.duration(to: due).wholeNanoseconds))
  }

  private func run() {
    while true {
      let ready = DescriptorWait.ready([timer.number, clockChange.number])
      let clockWasSet = ready.contains(clockChange.number)
      if clockWasSet { _ = clinux_watch_clock(clockChange.number) }
      if ready.contains(timer.number) { _ = clinux_clear_timer(timer.number) }
      ring(.now, clockWasSet)
    }
  }

  private func ring(_ now: ContinuousClock.Instant, _ clockWasSet: Bool) {
    let due = state.withLock { state in
      let due = state.take(now: now, clockWasSet: clockWasSet)
      state.armed = nil
      if let next = state.sleepers.values.lazy.map(\.due).min() { arm(&state, for: next) }
      return due
    }
    for continuation in due { continuation.resume() }
  }
}
