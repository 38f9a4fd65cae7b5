import DaemonConfiguration
import Synchronization
import SystemSupport

/// Where the folders really are, symbolic links above them followed as the daemon follows them: one whose path has become a
/// link is none, wherever that leads. Each is asked on a thread of its own, so that one that hangs holds up the question
/// about it alone.
final class ResolvedRoots: Sendable {
  struct Answer: Sendable {
    var roots: [(folder: FolderSettings, path: [UInt8])] = []
    /// Names of folders that did not answer.
    var unanswered: [String] = []
  }

  /// For all together: less than what makes the one who asks count as silent.
  private static let patience = Duration.seconds(2)

  private enum Root {
    case asked
    case known([UInt8]?)

    var isAsked: Bool {
      if case .asked = self { true } else { false }
    }
  }

  private struct State {
    var roots: [Root] = []
    var deadline: MonotonicInstant?
  }

  private let folders: [FolderSettings]
  private let state = Mutex(State())
  private let news = Semaphore()

  init(_ folders: [FolderSettings]) {
    self.folders = folders
  }

  /// Blocks, for a short while.
  func all() -> Answer {
    let deadline = begin()
    while state.withLock({ $0.roots.contains(where: \.isAsked) }), MonotonicInstant.now < deadline {
      // Others may take the word of it: a moment later all is known too.
      _ = news.wait(until: min(deadline, .now + .milliseconds(5)))
    }
    return state.withLock { state in
      zip(folders, state.roots).reduce(into: Answer()) { answer, next in
        switch next.1 {
        case .asked: answer.unanswered.append(next.0.name)
        case .known(let path?): answer.roots.append((next.0, path))
        case .known(nil): break
        }
      }
    }
  }

  /// The threads are started once; until when they are waited for.
  private func begin() -> MonotonicInstant {
    let (deadline, isFirst) = state.withLock { state in
      if let deadline = state.deadline { return (deadline, false) }
      let deadline = MonotonicInstant.now + Self.patience
      state.deadline = deadline
      state.roots = folders.map { _ in .asked }
      return (deadline, true)
    }
    guard isFirst else { return deadline }
    for (index, folder) in folders.enumerated() {
      // One that gets no thread is one that does not answer.
      try? BlockingThread(named: "s3l-root") { [self] in
        let path = (try? RootDirectory(folder.path))?.place
        state.withLock { $0.roots[index] = .known(path) }
        news.signal()
      }.detach()
    }
    return deadline
  }
}
