import Glibc
import Synchronization
import SystemSupport
import Testing

@Suite("Tasks on threads of their own", .timeLimit(.minutes(5)))
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
    let (order, moment) = try await ends(of: [.milliseconds(60), .milliseconds(20), .milliseconds(40)])
    #expect(order == [1, 2, 0])
    #expect(ContinuousClock.now - moment >= .milliseconds(60))
  }

  @Test("of pauses that end in one wake-up the earliest ends first")
  func order() async throws {
    let (order, _) = try await ends(of: (0..<20).reversed().map { .nanoseconds($0) })
    #expect(order == (0..<20).reversed())
  }

  /// In which order pauses end that last until so long after one moment, and that moment. One thread, so that whoever is
  /// woken first ends first. Where the machine was so busy that not all had begun by then, once more with a later one.
  private func ends(of pauses: [Duration]) async throws -> (order: [Int], moment: ContinuousClock.Instant) {
    let pool = try TaskPool(threads: 1)
    var lead = Duration.milliseconds(200)
    while true {
      let moment = ContinuousClock.now + lead
      let order: [Int] = await Task(executorPreference: pool) {
        await withTaskGroup(of: Int?.self) { group in
          for (number, pause) in pauses.enumerated() {
            group.addTask {
              await Pause.last(until: moment + pause)
              return number
            }
          }
          // Runs once the others sleep.
          group.addTask { ContinuousClock.now < moment ? nil : -1 }
          return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
        }
      }.value
      if !order.contains(-1) { return (order, moment) }
      lead *= 4
    }
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
