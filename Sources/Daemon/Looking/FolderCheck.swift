package import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import Folders
import Synchronization
import SystemSupport

/// What `check` finds out about a configuration and its folders, the folders looked at by another process
/// (``FolderLooks``).
package struct FolderCheck: Sendable {
  /// With everything that is wrong with the file, and with what stands at the folders' paths.
  package let outcome: ConfigurationOutcome
  /// What the file alone says, whatever stands at the folders' paths; nil where that is wrong already.
  package let written: Configuration?
  /// By path.
  private let answers: [[UInt8]: FolderAnswer]

  /// Blocks.
  package init(file: String, environment: [String: String]) {
    // Which paths the configuration is about is known once it was read, and read it is with what stands there.
    let asked = Mutex<[String]>([])
    let recorder = FolderProbe(isWritable: { _ in true }, isReadByAll: FolderProbe.fileSystem.isReadByAll) { path in
      asked.withLock { if !$0.contains(where: path.isSameText) { $0.append(path) } }
      return .directory(resolved: path)
    }
    let first = ConfigurationLoader.load(path: file, environment: environment, folders: recorder)
    written = first.configuration
    let paths = asked.withLock { $0 }
    let found = FolderLooks(file: file, environment: environment)
      .ask(paths.map { .examine(path: $0) }, first.configuration)
    let answers = Dictionary(zip(paths.map { Array($0.utf8) }, found)) { first, _ in first }
    self.answers = answers
    guard !paths.isEmpty else {
      outcome = first
      return
    }
    let probe = FolderProbe(
      isWritable: { path in Self.examination(answers[Array(path.utf8)])?.isWritable ?? true },
      isReadByAll: FolderProbe.fileSystem.isReadByAll
    ) { path in
      // What does not answer is no fault of the file.
      Self.examination(answers[Array(path.utf8)])?.presence ?? .directory(resolved: path)
    }
    outcome = ConfigurationLoader.load(path: file, environment: environment, folders: probe)
  }

  private static func examination(_ answer: FolderAnswer?) -> FolderAnswer.Examination? {
    guard case .examined(let examination)? = answer else { return nil }
    return examination
  }

  /// What was found in a folder.
  package func findings(in folder: FolderSettings) -> [FolderAccess.Finding] {
    switch answers[Array(folder.path.utf8)] {
    case .examined(let examination): examination.findings[folder.name] ?? []
    case .failure(let reason): [FolderAccess.notLookedAt(folder, reason)]
    case .silence, .root, .place, .content, .outside, nil:
      [FolderAccess.notLookedAt(folder, FolderLooks.silence(of: folder))]
    }
  }

  /// Folders whose watches would not fit into the unit's memory.
  package func unfitting(_ folders: [FolderSettings]) -> [FolderAccess.Finding] {
    let counted = folders.compactMap { folder in
      Self.examination(answers[Array(folder.path.utf8)])?.directories[folder.name].map { (folder, $0) }
    }
    let bound = WatchBound(group: UnitMemory().limit, machine: MemoryLimit.ofMachine)
    return WatchMemoryCheck(bound: bound, directories: counted).findings
  }

  /// Folders that are a part of another one by another path. Asks no file system.
  package func shared(_ folders: [FolderSettings]) -> [FolderAccess.Finding] {
    SharedDirectories(
      folders: folders.compactMap { folder in
        guard case .directory(let path)? = Self.examination(answers[Array(folder.path.utf8)])?.presence else {
          return nil
        }
        return (folder, path)
      }
    ).findings
  }

  /// What waits in directories that no folder of the configuration watches. A folder that does not answer is taken to be the
  /// one it was.
  package func unwatched(_ queue: QueueInspection) throws -> [UnwatchedPlace] {
    try queue.unwatched { paths in
      paths.map { path in
        guard let examination = Self.examination(answers[Array(path.utf8)]) else { return .silence }
        return .root(examination.root)
      }
    }
  }
}
