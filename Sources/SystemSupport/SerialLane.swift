import Synchronization

/// Work that may wait for a disk, done in order on one thread of its own. The thread is started when there is work, and
/// ends after a while without.
///
/// Each lane hangs by itself: it shares no pool with others (libdispatch's has 255 threads for all its queues).
package final class SerialLane: Sendable {
  package typealias Work = @Sendable () -> Void

  private struct State {
    var waiting: [Work] = []
    var hasThread = false
    /// The thread has nothing to do, and waits for a signal.
    var isResting = false
  }

  private let name: String
  private let rest: Duration
  private let state = Mutex(State())
  private let signal = Semaphore()

  /// `name` is what `top -H` shows. `rest`: how long the thread waits for more work before it ends.
  package init(named name: String, rest: Duration = .seconds(10)) {
    self.name = name
    self.rest = rest
  }

  /// Puts work at the end. Returns at once; from any thread.
  ///
  /// False where the system has no thread to give: the work is kept, and done once a later call gets one.
  @discardableResult
  package func run(_ work: @escaping Work) -> Bool {
    state.withLock { state in
      state.waiting.append(work)
      if state.isResting {
        state.isResting = false
        signal.signal()
      } else if !state.hasThread {
        guard let thread = try? BlockingThread(named: name, { [self] in serve() }) else { return false }
        thread.detach()
        state.hasThread = true
      }
      return true
    }
  }

  private func serve() {
    while let work = next() {
      for piece in work { piece() }
    }
  }

  /// What has been put since; nil once there was nothing for long enough.
  private func next() -> [Work]? {
    var isRested = false
    while true {
      let work: [Work]? = state.withLock { state in
        state.isResting = false
        if !state.waiting.isEmpty {
          defer { state.waiting = [] }
          return state.waiting
        }
        state.hasThread = !isRested
        state.isResting = !isRested
        return nil
      }
      if work != nil || isRested { return work }
      isRested = !signal.wait(until: .now + rest)
    }
  }
}
