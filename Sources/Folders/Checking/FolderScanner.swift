import ContentInspection
package import DaemonConfiguration
package import DeliveryModel
import Synchronization
import SystemSupport

/// A folder's virus scanner.
package final class FolderScanner: Sendable {
  enum Outcome: Equatable {
    case clean
    case found(String)
    case tooLarge
    /// It failed on this file, and on no other, as often as it may.
    case failed
    /// In plain words.
    case wait(reason: String)
  }

  /// What somebody should know of.
  package enum Event: Sendable, Equatable {
    case away(ScannerWatch.Outage)
    case back
    /// Another one has taken its place.
    case replaced
    /// It has failed on a file as often as it may.
    case failed(RelativePath)
  }

  let scanner: VirusScanner
  private let report: @Sendable (Event) -> Void
  private let wallClock: @Sendable () -> Timestamp
  private let watch = Mutex(ScannerWatch())

  init(
    _ scanner: VirusScanner, wallClock: @escaping @Sendable () -> Timestamp = { WallClock.now },
    report: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.scanner = scanner
    self.wallClock = wallClock
    self.report = report
  }

  /// Why a file need not be read before the scanner is back; nil where it may be.
  package func reasonToWait(_ file: SettledFile) -> String? {
    watch.withLock { $0.reasonToWait(.init(file), now: .now) }.map(text)
  }

  /// Blocks until the scanner has judged the file or used up its time; not at all while it is known to be away. Throws
  /// what reading throws.
  func scan(_ file: SettledFile, _ content: InspectedContent) throws -> Outcome {
    let key = ScannerWatch.File(file)
    switch watch.withLock({ $0.next(key, now: .now) }) {
    case .setAside: return setAside(key)
    case .wait(let outage): return .wait(reason: text(outage))
    case .scan: return try ask(key, content)
    case .probe:
      let isBack = scanner.control().isVerdict
      let outage = change { $0.probed(isBack, now: .now) }
      if let outage { return .wait(reason: text(outage)) }
      return try scan(file, content)
    }
  }

  private func ask(_ file: ScannerWatch.File, _ content: InspectedContent) throws -> Outcome {
    let answer = try scanner.scan(content)
    switch answer {
    case .clean, .found, .tooLarge: change { $0.judged(file) }
    case .unavailable: break
    }
    switch answer {
    case .clean: return .clean
    case .found(let virus): return .found(virus)
    case .tooLarge: return .tooLarge
    case .unavailable(let reason, let hadFile):
      if hadFile, scanner.control().isVerdict { return blame(file, reason) }
      let outage = ScannerWatch.Outage(since: wallClock(), reason: reason)
      let now = change { $0.wentAway(outage, suspect: hadFile ? file : nil, now: .now) }
      return .wait(reason: text(now ?? outage))
    }
  }

  private func blame(_ file: ScannerWatch.File, _ reason: String) -> Outcome {
    let count = watch.withLock { $0.failed(file) }
    if count >= ScannerWatch.strikeLimit { return setAside(file) }
    return .wait(
      reason:
        "the virus scanner at \(scanner.path) has no verdict on this file (\(reason)), and works for others: "
        + "\(count) of \(ScannerWatch.strikeLimit) times")
  }

  private func setAside(_ file: ScannerWatch.File) -> Outcome {
    report(.failed(file.path))
    return .failed
  }

  /// Changes the watch, and tells what became known by it. Returns the outage that lasts.
  @discardableResult
  private func change(_ body: (inout ScannerWatch) -> Void) -> ScannerWatch.Outage? {
    watch.withLock { watch in
      let before = watch.outage
      body(&watch)
      // Within the lock, so that what was last told is what is.
      if watch.outage != before { report(watch.outage.map(Event.away) ?? .back) }
      return watch.outage
    }
  }

  private func text(_ outage: ScannerWatch.Outage) -> String {
    "the virus scanner at \(scanner.path) does not answer since \(outage.since.timeOfDay) (\(outage.reason)); the file "
      + "waits for it"
  }
}

extension ScannerWatch.File {
  init(_ file: SettledFile) {
    self.init(path: file.path, identity: file.identity)
  }
}

/// The virus scanner of each folder that has one, with what is known of it across reloads.
package final class FolderScanners: Sendable {
  package typealias Report = @Sendable (FolderSettings, _ socket: String, FolderScanner.Event) -> Void

  private let scanners = Mutex<[String: FolderScanner]>([:])
  private let report: Report

  package convenience init() { self.init { _, _, _ in } }

  package init(report: @escaping Report) {
    self.report = report
  }

  /// That of a folder; nil where it has none. Another socket, or another time, is another scanner.
  package subscript(folder: FolderSettings) -> FolderScanner? {
    guard let socket = folder.rules.antivirus else { return nil }
    let wanted = VirusScanner(socket: socket, timeout: folder.rules.antivirusTimeout)
    return scanners.withLock { scanners in
      if let known = scanners[folder.name] {
        if known.scanner == wanted { return known }
        report(folder, known.scanner.path, .replaced)
      }
      let made = FolderScanner(wanted, report: { [report] in report(folder, socket, $0) })
      scanners[folder.name] = made
      return made
    }
  }

  /// Forgets what is known of the scanners of folders that have none any more.
  package func keep(_ folders: [FolderSettings]) {
    let names = Set(folders.filter { $0.rules.antivirus != nil }.map(\.name))
    scanners.withLock { scanners in scanners = scanners.filter { names.contains($0.key) } }
  }
}
