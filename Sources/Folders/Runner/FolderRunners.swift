import Synchronization
package import SystemSupport

/// What the daemon's parts share of the folders' threads: each folder has its own, by name.
package final class FolderRunners: Sendable {
  private let runners = Mutex<[String: FolderRunner]>([:])
  let supervision: Supervision
  let supervisorWake: WakeUp
  private let seams: [String: FileCallSeam]
  private let listeners = Mutex<[AsyncStream<[FolderRunner]>.Continuation]>([])

  /// - Parameter seams: by folder, what stands before its file calls in a test.
  ///
  /// - Throws: where the process has no more descriptors.
  package init(seams: [String: FileCallSeam] = [:]) throws(SystemCallError) {
    supervisorWake = try WakeUp()
    supervision = Supervision(wake: supervisorWake)
    self.seams = seams
  }

  /// The runner of a folder that is configured; nil for another.
  package func runner(of folder: String) -> FolderRunner? { runners.withLock { $0[folder] } }

  package var all: [FolderRunner] { runners.withLock { Array($0.values) } }

  /// Makes the runners of these folders, and ends those of others. A folder whose path has changed gets a new one: the old
  /// one may hang.
  ///
  /// - Throws: where there is no thread or descriptor for a new one; those that were made stay.
  package func use(_ folders: [(name: String, path: String)]) throws(SystemCallError) {
    let wanted = Dictionary(folders, uniquingKeysWith: { first, _ in first })
    let former = runners.withLock { runners in
      let former = runners.filter { wanted[$0.key] != $0.value.path }
      runners = runners.filter { wanted[$0.key] == $0.value.path }
      return former
    }
    for runner in former.values { runner.end() }
    defer { announce() }
    for (name, path) in folders where runner(of: name) == nil {
      let runner = try FolderRunner(folder: name, path: path, supervision: supervision, seam: seams[name])
      runners.withLock { $0[name] = runner }
    }
  }

  deinit { end() }

  /// Those that there are, now and whenever they are others.
  package func changes() -> Changes {
    let (stream, continuation) = AsyncStream.makeStream(of: [FolderRunner].self)
    listeners.withLock { $0.append(continuation) }
    continuation.yield(all)
    return Changes(stream: stream) { continuation.finish() }
  }

  /// All that there are, and all again when they are others.
  package struct Changes: Sendable {
    package let stream: AsyncStream<[FolderRunner]>
    /// Ends the stream.
    package let finish: @Sendable () -> Void
  }

  private func announce() {
    let all = all
    for listener in listeners.withLock({ $0 }) { listener.yield(all) }
  }

  /// Ends all of them, as far as they answer. Nobody waits for one.
  package func end() {
    let former = runners.withLock { runners in
      defer { runners = [:] }
      return runners
    }
    for runner in former.values { runner.end() }
    for listener in listeners.withLock({ $0 }) { listener.finish() }
  }
}
