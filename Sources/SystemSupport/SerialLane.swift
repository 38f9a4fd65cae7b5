import Synchronization

/// Runs pieces of work that may block, one after the other, on a thread of its own, which there is only while there is
/// work. What hangs in it holds up what waits behind it, and nothing else: it is made for one folder.
package final class SerialLane: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isRunning = false
  }

  private let name: String
  private let state = Mutex(State())
  private let call = Semaphore()
  /// A thread with nothing to do waits so long for more.
  private static let idle = Duration.seconds(2)

  /// `name` is what `top -H` shows: at most 15 bytes are kept.
  package init(named name: String) {
    self.name = name
  }

  /// Has `work` done when all before it is. Any thread, never blocks but for starting a thread.
  ///
  /// - Throws: where the system has no thread to give; the work is not taken then.
  package func post(_ work: @escaping @Sendable () -> Void) throws(SystemCallError) {
    let mustStart = state.withLock { state in
      state.waiting.append(work)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    call.signal()
    guard mustStart else { return }
    do throws(SystemCallError) {
      try BlockingThread(named: name) { self.run() }.detach()
    } catch {
      state.withLock { state in
        state.isRunning = false
        // Others may have come meanwhile, and trust the thread: they are run by the next that starts one.
        state.waiting.removeFirst()
      }
      throw error
    }
  }

  /// How many pieces wait, the one under way not counted.
  package var backlog: Int { state.withLock { $0.waiting.count } }

  private func run() {
    while true {
      let work = state.withLock { state in state.waiting.isEmpty ? nil : state.waiting.removeFirst() }
      if let work {
        work()
        continue
      }
      if call.wait(until: .now + Self.idle) { continue }
      let isOver = state.withLock { state in
        if state.waiting.isEmpty { state.isRunning = false }
        return !state.isRunning
      }
      if isOver { return }
    }
  }
}
