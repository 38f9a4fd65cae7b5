import DeliveryModel
import Synchronization
import SystemSupport
import Testing

@testable import Daemon

struct QuestionLanesTests {
  /// Which question got which answer.
  private func run(
    _ lanes: [String], patience: Duration = .milliseconds(200), _ answer: @escaping @Sendable (Int) -> FolderAnswer
  ) -> [Int: [FolderAnswer]] {
    var answers: [Int: [FolderAnswer]] = [:]
    QuestionLanes(lanes.map { Array($0.utf8) }, answer: answer).run(patience: patience) {
      answers[$0, default: []].append($1)
      return true
    }
    return answers
  }

  @Test("what never returns is given up with all that waits behind it, and nothing else")
  func silent() {
    let end = Semaphore()
    let asked = Mutex<[Int]>([])
    let answers = run(["a", "b", "a", "b"]) { number in
      asked.withLock { $0.append(number) }
      if number == 0 { end.wait() }
      return .failure("\(number)")
    }
    #expect(answers == [0: [.silence], 1: [.failure("1")], 2: [.silence], 3: [.failure("3")]])
    #expect(asked.withLock { Set($0) } == [0, 1, 3])
    end.signal()
  }

  @Test("what takes its time and comes on is waited for")
  func slow() throws {
    let answers = run(["a"]) { _ in
      for _ in 0..<20 {
        _ = try? SmallFile.read("/proc/self/stat")
        _ = Semaphore().wait(until: .now + .milliseconds(20))
      }
      return .outside(unanswered: [])
    }
    #expect(answers == [0: [.outside(unanswered: [])]])
  }

  @Test("no questions, no answers")
  func none() {
    #expect(run([]) { _ in .silence }.isEmpty)
  }
}
