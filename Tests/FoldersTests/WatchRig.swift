import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// A journal in memory: what the sink took is known from then on.
final class MemoryJournal: KnownFiles {
  private let files = Mutex<[RelativePath: KnownFile]>([:])

  func known(in directory: RelativePath, folder: String) -> [[UInt8]: KnownFile] {
    files.withLock { files in
      let here = files.filter { $0.key.directory == directory }
      return Dictionary(uniqueKeysWithValues: here.map { (Array($0.key.name), $0.value) })
    }
  }

  func add(_ batch: [SettledFile], state: DeliveryState = .pending, outlasted: Bool = false) {
    files.withLock { files in
      for file in batch {
        files[file.path] = KnownFile(identity: file.identity, state: state, outlasted: outlasted)
      }
    }
  }
}

/// A watcher on a directory of the test's own, and what came of it, in order. Every wait is for an event.
final class WatchRig: Sendable {
  private let directory: TemporaryDirectory
  var root: String { directory.path }
  let journal = MemoryJournal()
  let watcher: DropWatcher
  private let files: AsyncStream<SettledFile>
  private let reports: AsyncStream<WatchReport>

  init(
    settle: Duration = .zero, journal known: [SettledFile] = [], _ adjust: (inout WatchedFolder) -> Void = { _ in }
  ) throws {
    directory = try TemporaryDirectory()
    var folder = WatchedFolder(name: "inbox", path: directory.path, settle: settle, rescan: .seconds(3600))
    adjust(&folder)
    let (files, fileSink) = AsyncStream.makeStream(of: SettledFile.self)
    let (reports, reportSink) = AsyncStream.makeStream(of: WatchReport.self)
    self.files = files
    self.reports = reports
    let journal = journal
    journal.add(known)
    watcher = try DropWatcher(
      [folder], known: journal, wallClock: { WallClock.now },
      sink: { batch in
        journal.add(batch)
        for file in batch { fileSink.yield(file) }
      },
      report: { reportSink.yield($0) })
  }

  /// Runs the watcher around `body`, which begins once the watches stand and the first scan is over.
  func run(_ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [watcher] in try await watcher.run() }
      _ = await report { if case .scanned = $0 { true } else { false } }
      try await body()
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  /// The next `count` files handed over.
  func settled(_ count: Int) async -> [SettledFile] {
    var found: [SettledFile] = []
    if count == 0 { return found }
    for await file in files {
      found.append(file)
      if found.count == count { break }
    }
    return found
  }

  /// The names of the next `count` files handed over, sorted.
  func names(_ count: Int) async -> [String] {
    await settled(count).map { $0.path.escaped }.sorted()
  }

  /// The next report that `isWanted` accepts.
  func report(where isWanted: (WatchReport) -> Bool) async -> WatchReport? {
    for await report in reports where isWanted(report) { return report }
    return nil
  }

  var status: FolderWatchStatus? { watcher.status().first }

  func write(_ name: String, _ content: String = "content") {
    let descriptor = open(root + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = content.withCString { Glibc.write(descriptor, $0, content.utf8.count) }
    close(descriptor)
  }

  func makeDirectory(_ name: String) {
    mkdir(root + "/" + name, 0o700)
  }

  /// Nests directories without end, with a file `f` in every so many of them; returns to where it was.
  func makeDeepTree(levels: Int, fileEvery: Int, name: String = "d") {
    var here = open(root, O_RDONLY | O_DIRECTORY)
    for level in 1...levels {
      mkdirat(here, name, 0o700)
      let next = openat(here, name, O_RDONLY | O_DIRECTORY)
      close(here)
      here = next
      guard level.isMultiple(of: fileEvery) else { continue }
      let file = openat(here, "f", O_WRONLY | O_CREAT, 0o600)
      _ = Glibc.write(file, "x", 1)
      close(file)
    }
    close(here)
  }

  /// Writes a file and waits until it was handed over: all that was noticed before has then been judged or is waiting.
  func sentinel(_ name: String) async {
    write(name)
    _ = await settled(1)
  }
}
