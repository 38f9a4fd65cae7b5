import Synchronization
import SystemSupport

/// Has questions answered on threads, one for each folder that they are about: in turn within a folder, all folders at once.
/// A thread none of whose calls has returned for a while is given up, with all that waits behind it.
final class QuestionLanes: Sendable {
  /// No call has come or gone for so long: a lane is silent.
  static let patience = Duration.seconds(3)
  private static let tick = Duration.milliseconds(100)

  private final class Lane: Sendable {
    /// Which questions.
    let numbers: [Int]
    /// Calls that were begun, and answers that were given.
    let steps = Atomic(0)

    init(_ numbers: [Int]) {
      self.numbers = numbers
    }
  }

  private struct State {
    /// Answers that are not reported yet.
    var news: [(number: Int, answer: FolderAnswer)] = []
    var left: Set<Int> = []
  }

  private let answer: @Sendable (Int) -> FolderAnswer
  private let lanes: [Lane]
  private let state = Mutex(State())
  private let signal = Semaphore()

  /// `lanes`: for each question, in order, what it is about. `answer` is given its number, and may never return.
  init(_ lanes: [[UInt8]], answer: @escaping @Sendable (Int) -> FolderAnswer) {
    var numbers: [[UInt8]: [Int]] = [:]
    for (number, lane) in lanes.enumerated() { numbers[lane, default: []].append(number) }
    self.lanes = numbers.values.map(Lane.init)
    self.answer = answer
    state.withLock { $0.left = Set(lanes.indices) }
  }

  /// Blocks until every question is answered or given up. `report` gets each of them once; `pulse` comes several times a
  /// second meanwhile, and ends it all by false.
  func run(
    patience: Duration = QuestionLanes.patience, report: (Int, FolderAnswer) -> Bool, pulse: () -> Bool = { true }
  ) {
    var seen: [(steps: Int, at: MonotonicInstant)] = []
    for lane in lanes {
      do throws(SystemCallError) {
        try BlockingThread(named: "s3l-look") { [self] in work(lane) }.detach()
      } catch {
        giveUp(lane, .failure("\(error)"))
      }
      seen.append((0, .now))
    }
    while true {
      let (news, isOver) = state.withLock { state in
        defer { state.news = [] }
        return (state.news, state.left.isEmpty)
      }
      for (number, answer) in news where !report(number, answer) { return }
      if isOver { return }
      _ = signal.wait(until: .now + Self.tick)
      guard pulse() else { return }
      for (index, lane) in lanes.enumerated() {
        let steps = lane.steps.load(ordering: .relaxed)
        if steps != seen[index].steps {
          seen[index] = (steps, .now)
        } else if MonotonicInstant.now - seen[index].at >= patience {
          giveUp(lane, .silence)
        }
      }
    }
  }

  private func work(_ lane: Lane) {
    FileCallSeam { _, _ in lane.steps.add(1, ordering: .relaxed) }.install()
    defer { FileCallSeam.remove() }
    for number in lane.numbers {
      guard state.withLock({ $0.left.contains(number) }) else { return }
      let answer = answer(number)
      lane.steps.add(1, ordering: .relaxed)
      settle(number, answer)
      signal.signal()
    }
  }

  private func giveUp(_ lane: Lane, _ answer: FolderAnswer) {
    for number in lane.numbers { settle(number, answer) }
  }

  /// The first word counts.
  private func settle(_ number: Int, _ answer: FolderAnswer) {
    state.withLock { state in
      guard state.left.remove(number) != nil else { return }
      state.news.append((number, answer))
    }
  }
}
