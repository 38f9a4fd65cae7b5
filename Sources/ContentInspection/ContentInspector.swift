import DeliveryModel
import SystemSupport
private import Synchronization

/// Has files looked into by a process without rights, and finds out which file it fails over.
///
/// Files go there many at a time. Where it fails over them, each is asked about alone, in a second process, and so is
/// every file of that folder for a while: the others' files wait for a hostile one once, and no longer than that takes.
package final class ContentInspector: Sendable {
  package enum Outcome: Sendable, Equatable {
    /// `magic`: why libmagic could not be asked, in words; nil where it was.
    case inspected(InspectionAnswer, magic: String?)
    /// The process failed over this very file, as often as it is tried; how, in words.
    case failed(String)
    /// The process cannot be asked at all, in words.
    case unavailable(String)
  }

  /// Takes the outcomes of some questions of a call, by their index.
  package typealias Done = @Sendable ([(index: Int, outcome: Outcome)]) -> Void

  /// How often a file may make the process fail.
  static let mostStrikes = 3
  /// How long the files of a folder are asked about alone after one failed.
  static let probation = Duration.seconds(60)
  /// A process that nobody asks anything is ended.
  private static let idle = Duration.seconds(30)

  /// One call of ``inspect(_:of:_:)``.
  private final class Call: Sendable {
    let done: Done

    init(done: @escaping Done) { self.done = done }
  }

  private struct Item: Sendable {
    let call: Call
    let index: Int
    let question: InspectionQuestion
    var strikes = 0
  }

  private enum Lane: Int {
    /// Many files at a time.
    case swift
    /// One file at a time.
    case careful
  }

  private struct State {
    var queues = [InspectionQueue<Item>(), InspectionQueue<Item>()]
    /// Until when the files of a folder are asked about alone.
    var suspects: [String: MonotonicInstant] = [:]
    var started = [false, false]
    var isOver = false

    func lane(of folder: String) -> Lane {
      suspects[folder].map { $0 > .now } == true || queues[Lane.careful.rawValue].holds(folder) ? .careful : .swift
    }
  }

  private let state = Mutex(State())
  private let signals = [Semaphore(), Semaphore()]

  package init() {}

  /// Ends the threads, and with them their processes. What waits gets no answer.
  package func close() {
    state.withLock { $0.isOver = true }
    for signal in signals { signal.signal() }
  }

  /// Asks about files of a folder. `done` is called from another thread, for each question once, some at a time.
  package func inspect(_ questions: [InspectionQuestion], of folder: String, _ done: @escaping Done) {
    let call = Call(done: done)
    let items = questions.enumerated().map { Item(call: call, index: $0, question: $1) }
    enqueue(items, of: folder, in: state.withLock { $0.lane(of: folder) })
  }

  private func enqueue(_ items: [Item], of folder: String, in lane: Lane) {
    let isFirst = state.withLock { state in
      state.queues[lane.rawValue].append(items, of: folder)
      defer { state.started[lane.rawValue] = true }
      return !state.started[lane.rawValue]
    }
    signals[lane.rawValue].signal()
    guard isFirst else { return }
    do throws(SystemCallError) {
      try BlockingThread(named: "s3l-inspect-\(lane.rawValue)") { self.run(lane) }.detach()
    } catch {
      let left = state.withLock { state in
        state.started[lane.rawValue] = false
        // Another folder may have put something there meanwhile, and trusts the thread to come.
        return state.queues[lane.rawValue].removeAll()
      }
      let reason = "the process that looks into files cannot be started: \(error)"
      answer(left.map { ($0, .unavailable(reason)) })
    }
  }

  // MARK: The thread of a lane

  private func run(_ lane: Lane) {
    let process = InspectionProcess()
    let most = lane == .swift ? InspectionMessage.most : 1
    while !state.withLock({ $0.isOver }) {
      let next = state.withLock {
        $0.queues[lane.rawValue].next(most: most, capacity: InspectionProcess.capacity) { $0.question.byteCount }
      }
      if let next {
        ask(process, next.items, of: next.folder, lane)
      } else if !process.isRunning {
        signals[lane.rawValue].wait()
      } else if !signals[lane.rawValue].wait(until: .now + Self.idle) {
        process.end()
      }
    }
  }

  private func ask(_ process: InspectionProcess, _ items: [Item], of folder: String, _ lane: Lane) {
    var reply = process.ask(items.map(\.question))
    // Something from outside may have ended it between two questions.
    if case .unavailable = reply { reply = process.ask(items.map(\.question)) }
    switch reply {
    case .answers(let answers, let magic):
      answer(zip(items, answers).map { ($0, .inspected($1, magic: magic)) })
    case .unavailable(let reason): answer(items.map { ($0, .unavailable(reason)) })
    case .failed(let reason): retry(items, of: folder, lane, reason)
    }
  }

  /// Of many files, the one that it failed over is not known: no strike for any.
  private func retry(_ items: [Item], of folder: String, _ lane: Lane, _ reason: String) {
    var again = items
    if again.count == 1 { again[0].strikes += 1 }
    let given = again.filter { $0.strikes >= Self.mostStrikes }
    again.removeAll { $0.strikes >= Self.mostStrikes }
    let others = state.withLock { state in
      state.suspects = state.suspects.filter { $0.value > .now }
      state.suspects[folder] = .now + Self.probation
      return state.queues[Lane.swift.rawValue].remove(folder)
    }
    enqueue(again + others, of: folder, in: .careful)
    answer(given.map { ($0, .failed(reason)) })
  }

  /// Neighbours of one call are answered together.
  private func answer(_ outcomes: [(item: Item, outcome: Outcome)]) {
    var rest = outcomes[...]
    while let call = rest.first?.item.call {
      let group = rest.prefix { $0.item.call === call }
      rest = rest.dropFirst(group.count)
      call.done(group.map { ($0.item.index, $0.outcome) })
    }
  }
}
