import Glibc
import Synchronization

/// Runs tasks on a few threads of its own. Its threads sleep in the kernel while there is nothing to run: Swift's own
/// pool, libdispatch's, is looked after by a timer that rings every second from the first task on, for ever.
///
/// Actors and child tasks go where their task was started; an unstructured `Task` must be told. Its tasks sleep with
/// ``Pause``. Lives as long as the program.
package final class TaskPool: TaskExecutor {
  private struct State {
    /// Those before `head` have run.
    var jobs: [UnownedJob] = []
    var head = 0
    /// Threads that wait and have not been called yet.
    var idle = 0

    mutating func next() -> UnownedJob? {
      guard head < jobs.count else { return nil }
      defer { if head == jobs.count || head == Self.mostSpent { forgetSpent() } }
      head += 1
      return jobs[head - 1]
    }

    /// Also while there is always another job: what is kept must not grow with what has run.
    private mutating func forgetSpent() {
      jobs.removeFirst(head)
      // A flood leaves no more behind than this.
      if jobs.isEmpty { jobs.removeAll(keepingCapacity: jobs.capacity <= Self.mostSpent) }
      head = 0
    }

    private static let mostSpent = 1024
  }

  private let state = Mutex(State())
  private let calls = Semaphore()
  let timers: TimerThread

  /// `threads` is how many tasks can run at the same moment.
  ///
  /// - Throws: where the system has no more threads or descriptors to give.
  package init(threads: Int) throws(SystemCallError) {
    timers = try TimerThread()
    for _ in 0..<threads { try BlockingThread(named: "s3l-tasks") { self.work() }.detach() }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isCalling = state.withLock { state in
      state.jobs.append(job)
      guard state.idle > 0 else { return false }
      state.idle -= 1
      return true
    }
    if isCalling { calls.signal() }
  }

  /// Runs `body` on the pool; the calling thread waits until it returns.
  package func runToEnd(_ body: @escaping @Sendable () async -> Void) {
    let end = Semaphore()
    Task.detached(executorPreference: self) {
      await body()
      end.signal()
    }
    end.wait()
  }

  private func work() {
    let executor = asUnownedTaskExecutor()
    while true {
      let job = state.withLock { state in
        let job = state.next()
        if job == nil { state.idle += 1 }
        return job
      }
      if let job { job.runSynchronously(on: executor) } else { calls.wait() }
    }
  }
}
