import SystemSupport

/// Runs a task for each configured folder, as long as it is configured. A task that waits for its folder keeps no other.
struct FolderTasks: Sendable {
  let runners: FolderRunners

  /// Runs `body` for each folder until the task is cancelled. It is cancelled when its folder goes, and then.
  ///
  /// - Throws: what one of them threw; the others are cancelled then.
  func run(_ body: @escaping @Sendable (FolderRunner) async throws -> Void) async throws {
    let changes = runners.changes()
    try await withThrowingTaskGroup(of: Void.self) { group in
      var running: [ObjectIdentifier: Task<Void, any Error>] = [:]
      for await runners in changes.stream {
        let wanted = Set(runners.map(ObjectIdentifier.init))
        for (identity, task) in running where !wanted.contains(identity) {
          task.cancel()
          running[identity] = nil
        }
        for runner in runners where running[ObjectIdentifier(runner)] == nil {
          let task = Task(executorPreference: TaskPool.current) { try await body(runner) }
          running[ObjectIdentifier(runner)] = task
          group.addTask { try await finish(task, changes) }
        }
      }
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  /// Waits for the end of a folder's task. One that fails ends all.
  private func finish(_ task: Task<Void, any Error>, _ changes: FolderRunners.Changes) async throws {
    do {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch {
      changes.finish()
      throw error
    }
  }
}
