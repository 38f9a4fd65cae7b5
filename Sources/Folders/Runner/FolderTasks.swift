import SystemSupport

/// Runs a task for each configured folder, as long as it is configured. A task that waits for its folder keeps no other.
struct FolderTasks: Sendable {
  let folders: FolderSet

  /// Runs `body` for each folder until the task is cancelled. It is cancelled when its folder goes, and then.
  ///
  /// - Throws: what one of them threw; the others are cancelled then.
  func run(_ body: @escaping @Sendable (Folder) async throws -> Void) async throws {
    let changes = folders.changes()
    try await withThrowingTaskGroup(of: Void.self) { group in
      var running: [ObjectIdentifier: Task<Void, any Error>] = [:]
      for await folders in changes.stream {
        let wanted = Set(folders.map(ObjectIdentifier.init))
        for (identity, task) in running where !wanted.contains(identity) {
          task.cancel()
          running[identity] = nil
        }
        for folder in folders where running[ObjectIdentifier(folder)] == nil {
          let task = Task(executorPreference: TaskPool.current) { try await body(folder) }
          running[ObjectIdentifier(folder)] = task
          group.addTask { try await finish(task, changes) }
        }
      }
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  /// Waits for the end of a folder's task. One that fails ends all.
  private func finish(_ task: Task<Void, any Error>, _ changes: FolderSet.Changes) async throws {
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
