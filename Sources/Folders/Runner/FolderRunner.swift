import DeliveryModel
import Synchronization
package import SystemSupport

/// The one thread on which everything happens in a folder that may block: its events and scans, the reading of its small
/// files, moving and deleting them, its page. A share that hangs holds up this thread and nothing else.
///
/// Work is done in steps that take a moment each, so that events are never late by more than one of them. What does not
/// answer for ``FolderActivity/patience`` is given up for now: steps that wait are called off, and come again by their
/// owners once the folder answers.
package final class FolderRunner: Sendable {
  /// What comes first where several wait: a step of each urgency in turn, the first ones first.
  package enum Urgency: Int, CaseIterable, Sendable {
    /// What follows a delivery.
    case followUp
    /// Reading a file for its delivery.
    case read
    case page
  }

  /// What came of calling a step. What it has to tell is called on the folder's thread, unless the step was called off
  /// meanwhile: it has returned too late then, and its owner goes by another answer.
  package enum Outcome: Sendable {
    case done(tell: @Sendable () -> Void)
    /// There is more of it: it is called again when others had their turn.
    case again(tell: @Sendable () -> Void)
  }

  /// A piece of work: `run` on the folder's thread until it is done, or `callOff` on any where the folder does not answer
  /// or is out of the configuration.
  package struct Step: Sendable {
    let run: @Sendable () -> Outcome
    let callOff: @Sendable () -> Void

    package init(run: @escaping @Sendable () -> Outcome, callOff: @escaping @Sendable () -> Void) {
      self.run = run
      self.callOff = callOff
    }
  }

  fileprivate struct State {
    var waiting = [[Step]](repeating: [], count: Urgency.allCases.count)
    /// Where the next turn of the steps begins.
    var next = 0
    /// What is being done.
    var current: Step?
    /// Nothing is taken any more.
    var isEnded = false
  }

  package let folder: String
  package let path: String
  package let activity: FolderActivity
  /// For what takes long: large files, and what a virus scanner is asked about. A thread of its own, while there is some.
  package let lane = SerialLane(named: "folder-reading")
  /// For files so large that others would wait for minutes; its thread, too, is there only while there is work.
  package let longLane = SerialLane(named: "folder-long")
  /// Whether what is done there comes on.
  package let reading: FolderActivity
  package let longReading: FolderActivity
  let wake: WakeUp
  /// Set by the scan that found known files under another number than before.
  let foundDevice = Mutex<UInt64?>(nil)
  private let state = Mutex(State())
  /// What is said once the folder answers again; nil while nobody said that it does not.
  private let whenBack = Mutex<(@Sendable () -> Void)?>(nil)

  /// The thread is started by its ``Folder``.
  ///
  /// - Throws: where there is no descriptor to be had.
  init(folder: String, path: String, supervision: Supervision) throws(SystemCallError) {
    self.folder = folder
    self.path = path
    activity = FolderActivity(supervision: supervision)
    reading = FolderActivity(supervision: supervision)
    longReading = FolderActivity(supervision: supervision)
    wake = try WakeUp()
  }

  /// The number of the file system, where it is another than when files were taken up and they were found on it: it is
  /// theirs. Nil where nothing is known of that.
  package var knownDevice: UInt64? { foundDevice.withLock { $0 } }

  /// Has a step done in its turn. Called off at once where the folder does not answer, or is out of the configuration.
  package func post(_ urgency: Urgency, _ step: Step) {
    let isTaken = state.withLock { state in
      guard !state.isEnded, activity.silentSince == nil else { return false }
      state.waiting[urgency.rawValue].append(step)
      return true
    }
    if isTaken { wake.signal() } else { step.callOff() }
  }

  /// Does `work`, which takes a moment, on the folder's thread. Nil where the folder does not answer, or where the caller is
  /// cancelled and ``endPatience`` is over: what was begun may have been done all the same.
  package func perform<Value: Sendable>(
    _ urgency: Urgency, _ work: @escaping @Sendable () -> Value
  ) async -> Value? {
    let answer = Answer<Value>()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        answer.wait(continuation)
        post(
          urgency,
          Step {
            let value = work()
            return .done { answer.give(value) }
          } callOff: {
            answer.give(nil)
          })
      }
    } onCancel: {
      answer.giveUp(after: Self.endPatience)
    }
  }

  /// Who ends waits so long for what has begun.
  package static let endPatience = Duration.seconds(3)

  /// Calls off what waits and what has not returned: the folder does not answer, or was taken out of the configuration.
  func callOffSteps() {
    let steps = state.withLock { state in
      defer {
        state.current = nil
        for index in state.waiting.indices { state.waiting[index] = [] }
      }
      return [state.current].compactMap { $0 } + state.waiting.flatMap { $0 }
    }
    for step in steps { step.callOff() }
  }

  /// The supervisor found that a call has not returned: calls `say`, unless it has by now. `back` is called once it has,
  /// never before `say`: who hears both hears them in this order.
  func declareSilent(_ say: (Timestamp) -> Void, back: @escaping @Sendable () -> Void) {
    callOffSteps()
    whenBack.withLock { whenBack in
      guard let since = activity.silentSince else { return }
      say(since)
      whenBack = back
    }
  }

  /// What was done on the thread has returned. The thread's own.
  func hasReturned() {
    guard activity.rest() else { return }
    whenBack.withLock { whenBack in
      whenBack?()
      whenBack = nil
    }
  }

  /// The thread ends after its present step; what waits is called off.
  func end() {
    state.withLock { $0.isEnded = true }
    callOffSteps()
    wake.signal()
  }

  // MARK: The thread

  var isEnded: Bool { state.withLock { $0.isEnded } }

  /// Does one step, if one waits. Whether more wait.
  func runStep() -> Bool {
    guard let (step, urgency) = state.withLock({ $0.take() }) else { return false }
    let outcome = step.run()
    let (isWanted, isAgain) = (state.withLock { $0.current.take() != nil }, outcome.isAgain)
    guard isWanted else { return state.withLock { $0.hasWaiting } }
    outcome.tell()
    if isAgain { state.withLock { $0.waiting[urgency].insert(step, at: 0) } }
    return state.withLock { $0.hasWaiting }
  }
}

extension FolderRunner.State {
  fileprivate var hasWaiting: Bool { waiting.contains { !$0.isEmpty } }

  /// The next step, which is the current one from now on.
  fileprivate mutating func take() -> (FolderRunner.Step, urgency: Int)? {
    for offset in waiting.indices {
      let urgency = (next + offset) % waiting.count
      guard !waiting[urgency].isEmpty else { continue }
      next = (urgency + 1) % waiting.count
      let step = waiting[urgency].removeFirst()
      current = step
      return (step, urgency)
    }
    return nil
  }
}

extension FolderRunner.Outcome {
  fileprivate var isAgain: Bool { if case .again = self { true } else { false } }

  fileprivate var tell: @Sendable () -> Void {
    switch self {
    case .done(let tell), .again(let tell): tell
    }
  }
}
