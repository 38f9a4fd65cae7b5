package import DeliveryModel
package import SystemSupport

/// Watches drop folders and hands over the files that came to rest in them.
///
/// Two threads of its own: one empties the kernel's event queues, one judges files. A file is handed over at least once:
/// until the sink has returned it is kept, and after a crash the first scan finds it again.
package final class DropWatcher: Sendable {
  private let folders: [WatchedFolder]
  private let exchange: WatchExchange
  private let services: WatchServices
  private let sink: @Sendable ([SettledFile]) async throws -> Void

  /// - Parameters:
  ///   - folders: what to watch; names are unique, and no folder lies in another.
  ///   - known: what the journal has; asked on a thread of the watcher, a few hundred names at a time.
  ///   - wallClock: for `received` and `settled`.
  ///   - random: in 0 ..< 1, for the time between two scans.
  ///   - isUpgraded: whether the folder was last watched by a program with other rules for names, and nobody was told yet
  ///     what changes.
  ///   - sink: takes at most 512 files and returns when they are durable; never called twice at a time. It may be slow.
  ///   - report: told what happened, on a thread of the watcher: it must not block.
  /// - Throws: where the process has no more descriptors.
  package init(
    folders: [WatchedFolder], known: any KnownFiles, wallClock: @escaping @Sendable () -> Timestamp,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
    isUpgraded: @escaping @Sendable (String) -> Bool = { _ in false },
    sink: @escaping @Sendable ([SettledFile]) async throws -> Void,
    report: @escaping @Sendable (WatchReport) -> Void
  ) throws(SystemCallError) {
    let exchange = try WatchExchange()
    self.folders = folders
    self.exchange = exchange
    self.sink = sink
    services = WatchServices(
      known: known, wallClock: wallClock, report: report, random: random, isUpgraded: isUpgraded,
      beat: { exchange.workerBeacon.turned() }, register: { exchange.register($0) },
      unregister: { exchange.unregister($0) })
  }

  /// Watches until the task is cancelled. Once only.
  ///
  /// - Throws: what the sink threw: the files of that batch, and all that were not accepted, are found again by the next
  ///   start. Also where no thread could be started.
  package func run() async throws {
    LeaseProbe.prepare()
    let (batches, handOver) = AsyncStream.makeStream(of: [SettledFile].self)
    let readerExit = ThreadExit()
    let workerExit = ThreadExit()
    let (exchange, services, folders) = (exchange, services, folders)
    let reader = try BlockingThread(named: "drop-events") {
      EventReader(exchange: exchange).run()
      readerExit.signal()
    }
    let worker: BlockingThread
    do {
      worker = try BlockingThread(named: "drop-scan") {
        WatchWorker(folders, exchange, services) { handOver.yield($0) }.run()
        workerExit.signal()
      }
    } catch {
      exchange.stop()
      reader.join()
      throw error
    }
    let outcome = await withTaskCancellationHandler {
      await deliver(batches)
    } onCancel: {
      exchange.stop()
    }
    exchange.stop()
    await readerExit.wait()
    await workerExit.wait()
    reader.join()
    worker.join()
    try outcome.get()
  }

  private func deliver(_ batches: AsyncStream<[SettledFile]>) async -> Result<Void, any Error> {
    for await batch in batches {
      do {
        try await sink(batch)
      } catch {
        return Task.isCancelled ? .success(()) : .failure(error)
      }
      exchange.post(.accepted(batch))
    }
    return .success(())
  }

  /// How each folder stands; cheap, any thread.
  package func status() -> [FolderWatchStatus] { exchange.status }

  /// The file changed while it was read: it must come to rest again, and is then handed over again.
  package func resettle(folder: String, path: RelativePath) {
    exchange.post(.resettle(folder: folder, path))
  }

  /// Delivers a file that a built-in rule passes over. `answer` is told once what came of it, on a thread of the watcher; it is
  /// not where the folder or the process goes away first.
  package func take(
    folder: String, path: RelativePath, answer: @escaping @Sendable (TakeOutcome) -> Void
  ) {
    exchange.post(.take(folder: folder, path, answer: answer))
  }

  /// Scans one folder, or all, now.
  package func rescan(folder: String?) {
    exchange.post(.rescan(folder: folder))
  }

  /// New settings. Folders whose settings are the same keep their watches.
  package func update(folders: [WatchedFolder]) {
    exchange.post(.update(folders))
  }

  /// The proof of life of each thread.
  package var progress: [ProgressBeacon] { [exchange.readerBeacon, exchange.workerBeacon] }

  /// For tests.
  func post(_ command: WatchExchange.Command) { exchange.post(command) }
}
