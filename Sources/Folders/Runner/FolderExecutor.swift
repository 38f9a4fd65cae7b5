import SystemSupport

/// Does a piece of work where the folder may hang; nil where it does not answer.
protocol FolderExecutor: Sendable {
  func perform<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value?
}

/// On the folder's own thread.
struct RunnerExecutor: FolderExecutor {
  let runner: FolderRunner

  func perform<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
    await runner.perform(.page, work)
  }
}

/// For a folder that has left the configuration, and has no thread any more: on one that lasts for this.
struct LaneExecutor: FolderExecutor {
  /// A folder that has not answered by then is left as it is: nobody must wait for it, a stop least of all.
  private let patience: Duration
  private let lane = SerialLane(named: "former-folder")

  init(patience: Duration = FolderActivity.patience) {
    self.patience = patience
  }

  func perform<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
    let answer = Answer<Value>()
    return await withCheckedContinuation { continuation in
      answer.wait(continuation)
      lane.run { answer.give(work()) }
      answer.giveUp(after: patience)
    }
  }
}
