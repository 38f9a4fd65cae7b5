import Glibc
import Synchronization
import SystemSupport
import Testing

@Suite("Tasks on threads of their own", .timeLimit(.minutes(1)))
struct TaskPoolTests {
  /// Its threads stay as long as the tests run.
  private static let pool = Result { try TaskPool(threads: 2) }

  private actor Counter {
    var value = 0
    func increment() -> String {
      value += 1
      return ThreadName.current
    }
  }

  @Test("child tasks, actors and what follows a pause all stay on the pool's threads")
  func staysOnPool() async throws {
    let pool = try Self.pool.get()
    let names = await Task(executorPreference: pool) {
      var names: [String] = [ThreadName.current]
      await Pause.last(.milliseconds(1))
      names.append(ThreadName.current)
      let counter = Counter()
      names += await withTaskGroup(of: String.self) { group in
        for _ in 0..<100 { group.addTask { await counter.increment() } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      return names
    }.value
    #expect(names.count == 102)
    #expect(Set(names) == ["s3l-tasks"])
  }

  @Test("a pause ends at its time, not before, and the shorter of two first")
  func pauses() async throws {
    let pool = try TaskPool(threads: 1)
    // Moments that all lie ahead while the sleepers are begun, however busy the machine; one thread, so that whoever is
    // woken first ends first.
    let begun = ContinuousClock.now + .milliseconds(300)
    let order = await Task(executorPreference: pool) {
      await withTaskGroup(of: Int.self) { group in
        for milliseconds in [60, 20, 40] {
          group.addTask {
            await Pause.last(until: begun + .milliseconds(milliseconds))
            return milliseconds
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
    }.value
    #expect(order == [20, 40, 60])
    #expect(ContinuousClock.now - begun >= .milliseconds(60))
  }

  @Test("of pauses that end in one wake-up the earliest ends first")
  func order() async throws {
    let pool = try TaskPool(threads: 1)
    let moment = ContinuousClock.now + .milliseconds(200)
    let wanted = Array(0..<20)
    let order = await Task(executorPreference: pool) {
      await withTaskGroup(of: Int.self) { group in
        for number in wanted.reversed() {
          group.addTask {
            await Pause.last(until: moment + .nanoseconds(number))
            return number
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
    }.value
    #expect(order == wanted)
  }

  @Test("a cancelled pause ends at once, also one that has not begun")
  func cancelled() async throws {
    let pool = try Self.pool.get()
    let sleeper = Task(executorPreference: pool) { await Pause.last(.seconds(3600)) }
    await Task(executorPreference: pool) { await Pause.last(.milliseconds(5)) }.value
    sleeper.cancel()
    await sleeper.value
    await Task(executorPreference: pool) {
      withUnsafeCurrentTask { $0?.cancel() }
      await Pause.last(.seconds(3600))
    }.value
  }

  @Test("a task that blocks its thread does not hold up the others")
  func blocking() async throws {
    let pool = try Self.pool.get()
    let wake = try WakeUp()
    let blocked = Task(executorPreference: pool) { wake.wait(until: nil) }
    for _ in 0..<100 { await Task(executorPreference: pool) { await Task.yield() }.value }
    wake.signal()
    await blocked.value
  }

  @Test("whoever runs something to its end waits for it")
  func runToEnd() throws {
    let ended = Atomic(false)
    try Self.pool.get().runToEnd {
      await Pause.last(.milliseconds(2))
      ended.store(true, ordering: .releasing)
    }
    let result = ended.load(ordering: .acquiring)
    #expect(result)
  }
}

private enum ThreadName {
  /// `proc_pid_comm(5)`.
  static var current: String {
    (try? SmallFile.read("/proc/thread-self/comm")).map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? ""
  }
}
