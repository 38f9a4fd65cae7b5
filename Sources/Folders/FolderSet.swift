import Synchronization
package import SystemSupport

/// The folders that are configured, by name. Each lives as long as it is configured with its path.
package final class FolderSet: Sendable {
  private let folders = Mutex<[String: Folder]>([:])
  let supervision: Supervision
  let supervisorWake: WakeUp
  private let seams: [String: FileCallSeam]
  private let listeners = Mutex<[AsyncStream<[Folder]>.Continuation]>([])

  /// - Parameter seams: by folder, what stands before its file calls in a test.
  ///
  /// - Throws: where the process has no more descriptors.
  package init(seams: [String: FileCallSeam] = [:]) throws(SystemCallError) {
    supervisorWake = try WakeUp()
    supervision = Supervision(wake: supervisorWake)
    self.seams = seams
  }

  deinit { end() }

  /// Nil for one that is not configured.
  package func folder(_ name: String) -> Folder? { folders.withLock { $0[name] } }

  /// The runner of a folder that is configured; nil for another.
  package func runner(of name: String) -> FolderRunner? { folder(name)?.runner }

  package var all: [Folder] { folders.withLock { Array($0.values) } }

  /// Makes these folders, and ends others. One whose path has changed is another: the thread of the old one may hang.
  ///
  /// - Throws: where there is no thread or descriptor for a new one; those that were made stay.
  package func use(_ wanted: [(name: String, path: String)]) throws(SystemCallError) {
    let paths = Dictionary(wanted, uniquingKeysWith: { first, _ in first })
    let former = folders.withLock { folders in
      let former = folders.filter { paths[$0.key] != $0.value.path }
      folders = folders.filter { paths[$0.key] == $0.value.path }
      return former
    }
    for folder in former.values { folder.end() }
    defer { announce() }
    for (name, path) in wanted where folder(name) == nil {
      let folder = try Folder(name: name, path: path, supervision: supervision, seam: seams[name])
      folders.withLock { $0[name] = folder }
    }
  }

  /// Ends all of them, as far as they answer. Nobody waits for one.
  package func end() {
    let former = folders.withLock { folders in
      defer { folders = [:] }
      return folders
    }
    for folder in former.values { folder.end() }
    for listener in listeners.withLock({ $0 }) { listener.finish() }
  }

  // MARK: Whoever waits for the folders

  /// Those that there are, now and whenever they are others.
  func changes() -> Changes {
    let (stream, continuation) = AsyncStream.makeStream(of: [Folder].self)
    listeners.withLock { $0.append(continuation) }
    continuation.yield(all)
    return Changes(stream: stream) { continuation.finish() }
  }

  /// All that there are, and all again when they are others.
  struct Changes: Sendable {
    let stream: AsyncStream<[Folder]>
    /// Ends the stream.
    let finish: @Sendable () -> Void
  }

  private func announce() {
    let all = all
    for listener in listeners.withLock({ $0 }) { listener.yield(all) }
  }

  // MARK: What follows deliveries

  /// There may be something to do in a folder; "" for: in any. So too for one that is not configured: another may have its
  /// directory.
  package func ring(_ name: String) {
    if let folder = folder(name) { return folder.followUps.ring() }
    for folder in all { folder.followUps.ring() }
  }

  /// Nothing that follows a delivery is due in any folder.
  package var isIdle: Bool { all.allSatisfy(\.followUps.isIdle) }

  /// Does in every folder what follows deliveries, until the task is cancelled.
  ///
  /// - Throws: where the journal's storage failed.
  package func followUp(_ services: FolderServices) async throws {
    try await FolderTasks(folders: self).run { try await $0.followUp(services) }
  }

  // MARK: Pages

  /// Between two looks at all pages.
  private static let leastInterval = Duration.seconds(3)

  /// Keeps the page of every folder, until the task is cancelled; then, ``sayStopped(_:)``.
  package func keepPages(_ services: FolderServices) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while !Task.isCancelled {
          _ = await services.display.pageChanges.take()
          services.display.keepTroubles(of: services.settings().folders)
          for folder in self.all { folder.page.news.ring() }
          await Pause.last(Self.leastInterval)
        }
      }
      group.addTask { try await FolderTasks(folders: self).run { await $0.keepPage(services) } }
      try await group.waitForAll()
    }
  }

  /// All at once, and for a moment only: a folder that does not answer keeps its page as it is.
  package func sayStopped(_ services: FolderServices) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await withTaskGroup(of: Void.self) { pages in
          for folder in self.all { pages.addTask { await folder.sayStopped(services) } }
        }
      }
      group.addTask { await Pause.last(FolderRunner.endPatience) }
      await group.next()
      group.cancelAll()
    }
  }
}
