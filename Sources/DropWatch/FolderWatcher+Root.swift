import DeliveryModel
import Glibc
import SystemSupport

extension FolderWatcher {
  /// Opens the folder and begins to watch it; where it is missing, it is looked for again in 5 s.
  func openRoot(at now: MonotonicInstant) {
    do throws(SystemCallError) {
      let root = try RootDirectory(folder.path)
      let remote = try root.fileSystem().remoteName
      self.root = root
      leaseProves = remote == nil
      nextRootCheck = nil
      let wasMissed = status.problem != nil
      status.problem = nil
      if wasMissed, !status.available { services.report(.available(folder: folder.name)) }
      status.available = true
      chooseMode(remote: remote)
    } catch {
      becomeUnavailable(error.description, at: now)
      return
    }
    unarmed = [.root]
    scans.requestWhole(.start)
  }

  private func chooseMode(remote: String?) {
    switch (folder.mode, remote) {
    case (.poll, _): return
    case (.auto, let remote?):
      services.report(
        .polling(
          folder: folder.name,
          reason: "\(remote) tells no events of what other machines write; looking every \(folder.pollInterval)"))
    default: startEvents()
    }
  }

  /// A kernel queue of the folder's own. Without one, the folder is polled until the next scan tries again.
  private func startEvents() {
    do throws(SystemCallError) {
      let source = try EventSource()
      self.source = source
      services.register(source)
    } catch {
      poll(because: Self.advice(for: error))
    }
  }

  /// Gives up events: they would not be complete.
  func poll(because reason: String) {
    stopEvents()
    if fallback != reason { services.report(.polling(folder: folder.name, reason: reason)) }
    fallback = reason
    nextEventsAttempt = .now + folder.rescan
  }

  func stopEvents() {
    if let source { services.unregister(source) }
    source = nil
    table = WatchTable()
    unarmed = []
  }

  /// Looks whether the path still leads to the directory that is watched, and whether events could be had again.
  func checkRoot(at now: MonotonicInstant) {
    guard let root else { return }
    if !root.isStillInPlace() {
      loseRoot(at: now)
    } else if source == nil, folder.mode != .poll, leaseProves || folder.mode == .inotify {
      if let next = nextEventsAttempt, next <= now { startEvents() }
    }
  }

  /// Something was mounted or unmounted somewhere.
  func mountsChanged(at now: MonotonicInstant) {
    if root == nil { openRoot(at: now) } else { checkRoot(at: now) }
  }

  /// The watched directory is no longer what the path leads to. Nothing is taken for deleted: what comes back is scanned.
  func loseRoot(at now: MonotonicInstant) {
    stopEvents()
    root = nil
    tracker = SettleTracker(window: folder.settle)
    unreadable = []
    scans.clear()
    openRoot(at: now)
  }

  private func becomeUnavailable(_ reason: String, at now: MonotonicInstant) {
    if status.available || status.problem == nil {
      services.report(.unavailable(folder: folder.name, reason: reason))
    }
    status.available = false
    status.problem = reason
    nextScan = nil
    nextRootCheck = now + .seconds(5)
  }

  /// What to do about an exhausted limit, in words.
  static func advice(for error: SystemCallError) -> String {
    switch error.code {
    case ENOSPC:
      "the user's limit of inotify watches is reached: polling instead; "
        + "sysctl fs.inotify.max_user_watches=1048576 would do"
    case EMFILE:
      "the user's limit of inotify instances is reached: polling instead; "
        + "sysctl fs.inotify.max_user_instances=1024 would do"
    default: "no events from the kernel, polling instead: \(error)"
    }
  }
}
