import DeliveryModel
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// The thread of a folder: what it does in turn, and what becomes of its steps where the folder does not answer.
@Suite("A folder's own thread", .timeLimit(.minutes(5)))
struct FolderRunnerTests {
  private let folders: FolderSet
  private let runner: FolderRunner

  init() throws {
    folders = try FolderSet()
    try folders.use([("inbox", "/nowhere")])
    runner = try #require(folders.runner(of: "inbox"))
  }

  /// A call that does not return until it is let go.
  private final class Hang: Sendable {
    private let gate = Semaphore()
    private let entered = ThreadExit()

    func enter() {
      entered.signal()
      gate.wait()
    }

    func waitUntilEntered() async { await entered.wait() }
    func letGo() { gate.signal() }
  }

  @Test("steps of every urgency have their turn, however many of one there are")
  func turns() async {
    let order = Mutex<[FolderRunner.Urgency]>([])
    let hang = Hang()
    post(.read) { hang.enter() }
    await hang.waitUntilEntered()
    for _ in 0..<100 { post(.read) { order.withLock { $0.append(.read) } } }
    post(.followUp) { order.withLock { $0.append(.followUp) } }
    post(.page) { order.withLock { $0.append(.page) } }
    hang.letGo()
    await runner.perform(.read) {}
    let begin = order.withLock { $0.prefix(4) }
    #expect(begin.contains(.followUp) && begin.contains(.page))
  }

  @Test("a step that is not done is called again, after the others' turn")
  func again() async {
    let calls = Mutex(0)
    runner.post(
      .read,
      FolderRunner.Step {
        let count = calls.withLock { calls in
          calls += 1
          return calls
        }
        return count < 5 ? .again(tell: {}) : .done(tell: {})
      } callOff: {
      })
    for _ in 0..<6 { await runner.perform(.page) {} }
    #expect(calls.withLock { $0 } == 5)
  }

  @Test("what waits behind a call that hangs is called off, and so is what hangs: its late answer is nobody's")
  func callOff() async {
    let hang = Hang()
    let told = Atomic(0)
    let calledOff = Atomic(0)
    for index in 0..<3 {
      runner.post(
        .read,
        FolderRunner.Step {
          if index == 0 { hang.enter() }
          return .done { told.add(1, ordering: .relaxed) }
        } callOff: {
          calledOff.add(1, ordering: .relaxed)
        })
    }
    await hang.waitUntilEntered()
    runner.callOffSteps()
    #expect(calledOff.load(ordering: .relaxed) == 3)
    hang.letGo()
    #expect(await runner.perform(.page) { 1 } == 1, "the thread goes on")
    #expect(told.load(ordering: .relaxed) == 0)
  }

  @Test("nothing is taken by a folder that is configured no more, and its thread ends")
  func ended() async throws {
    try folders.use([("inbox", "/elsewhere")])
    #expect(await runner.perform(.read) { 1 } == nil)
    let other = try #require(folders.runner(of: "inbox"))
    #expect(other !== runner && other.path == "/elsewhere")
    #expect(await other.perform(.read) { 1 } == 1)
  }

  @Test("who is cancelled waits for a call that hangs for a moment only")
  func cancelled() async {
    let hang = Hang()
    let caller = Task { [runner] in await runner.perform(.read) { hang.enter() } }
    await hang.waitUntilEntered()
    caller.cancel()
    #expect(await caller.value == nil)
    hang.letGo()
  }

  @Test("that it answers again is said even where it hung before it was watched, and never before that it does not")
  func backInOrder() async {
    let said = Mutex<[String]>([])
    let hang = Hang()
    post(.read) { hang.enter() }
    await hang.waitUntilEntered()
    guard case .fallsSilent = runner.activity.look(at: .now + .seconds(16), wall: WallClock.now) else {
      Issue.record("not found out")
      return hang.letGo()
    }
    runner.declareSilent { _ in
      said.withLock { $0.append("silent") }
    } back: {
      said.withLock { $0.append("back") }
    }
    hang.letGo()
    while await runner.perform(.page, {}) == nil {}
    await runner.perform(.page) {}
    #expect(said.withLock { $0 } == ["silent", "back"])
  }

  @Test("a call that returned before it was said is not said to hang, nor to be back")
  func returnedBefore() async {
    let said = Atomic(0)
    let hang = Hang()
    post(.read) { hang.enter() }
    await hang.waitUntilEntered()
    _ = runner.activity.look(at: .now + .seconds(16), wall: WallClock.now)
    hang.letGo()
    while await runner.perform(.page, {}) == nil {}
    await runner.perform(.page) {}
    runner.declareSilent { _ in
      said.add(1, ordering: .relaxed)
    } back: {
      said.add(1, ordering: .relaxed)
    }
    await runner.perform(.page) {}
    #expect(said.load(ordering: .relaxed) == 0)
  }

  private func post(_ urgency: FolderRunner.Urgency, _ work: @escaping @Sendable () -> Void) {
    runner.post(
      urgency,
      FolderRunner.Step {
        work()
        return .done(tell: {})
      } callOff: {
      })
  }
}

/// What the supervisor finds out about a thread, on clocks of the test's own.
struct FolderActivityTests {
  private let activity: FolderActivity

  init() throws { activity = FolderActivity(supervision: Supervision(wake: try WakeUp())) }

  private static let wall = Timestamp(milliseconds: 1_000_000)

  @Test("a call that does not return is found after the patience, once, and is over when it returns")
  func silence() {
    #expect(activity.look(at: .now, wall: Self.wall) == .resting)
    activity.begin()
    let begun = MonotonicInstant.now
    #expect(activity.look(at: begun + .seconds(14), wall: Self.wall) == .comesOn)
    guard case .fallsSilent(let since) = activity.look(at: begun + .seconds(16), wall: Self.wall) else {
      Issue.record("not found")
      return
    }
    #expect(Self.wall - since >= .seconds(15) && activity.silentSince == since)
    #expect(activity.look(at: begun + .seconds(18), wall: Self.wall) == .hangs)
    activity.comeOn()
    #expect(activity.silentSince != nil, "until its step is over")
    #expect(activity.rest())
    #expect(activity.silentSince == nil && !activity.rest())
    #expect(activity.look(at: begun + .seconds(60), wall: Self.wall) == .resting)
  }

  @Test("a thread that comes on is not silent, however long its step takes")
  func comesOn() {
    activity.begin()
    for _ in 0..<3 {
      activity.comeOn()
      #expect(activity.look(at: .now + .seconds(14), wall: Self.wall) == .comesOn)
    }
    #expect(!activity.rest())
  }

  @Test("the supervisor is called by the first that begins, and not again while it looks")
  func supervision() throws {
    let wake = try WakeUp()
    let supervision = Supervision(wake: wake)
    func isCalled() -> Bool {
      defer { wake.clear() }
      return !DescriptorWait.ready([wake.number], until: .now).isEmpty
    }
    supervision.isWanted()
    #expect(isCalled())
    supervision.isWanted()
    #expect(!isCalled())
    #expect(supervision.takeUp())
    supervision.isWanted()
    #expect(isCalled(), "who begins after the look began")
    #expect(supervision.takeUp() && !supervision.takeUp())
    supervision.goOn()
    supervision.isWanted()
    #expect(!isCalled())
  }
}
