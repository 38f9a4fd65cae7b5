package import DaemonConfiguration
package import DeliveryModel
import Glibc
package import Logging
import ServiceManager
import Synchronization
import SystemSupport

/// Who saved the files of the folders that ask for it, by what Samba's processes write to the system's journal. One thread
/// reads for all folders; nobody waits for it but the start, and that briefly.
package final class SambaWriters: Sendable {
  private let table = Mutex(WriterTable())
  private let state = Mutex(State())
  private let logger: Logger
  private let showTrouble: @Sendable (String?) -> Void

  private struct State {
    var isStarted = false
    /// Whether what was there before the start is read.
    var isCurrent = false
    var isEnded = false
    var isTrouble = false
  }

  /// `showTrouble` receives why nothing is known, in words, and nil once it is.
  package init(logger: Logger, showTrouble: @escaping @Sendable (String?) -> Void) {
    self.logger = logger
    self.showTrouble = showTrouble
  }

  /// Lines that are read at the start: what was saved while the daemon was stopped.
  private static let backlog: UInt64 = 20_000
  private static let retry = Duration.seconds(30)
  /// Where Samba's programs are; who may put one there is root.
  private static let programs = ["/usr/sbin/smbd", "/sbin/smbd", "/usr/local/sbin/smbd", "/usr/local/samba/sbin/smbd"]
    .map { Array($0.utf8) }

  /// Begins to read, once, where one of the folders asks for it.
  package func begin(_ folders: [FolderSettings]) {
    guard folders.contains(where: { $0.savedBy == .samba }) else { return }
    let isFirst = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { return }
    do throws(SystemCallError) {
      // It may hang in a call on the journal's disk: nobody waits for its end.
      try BlockingThread(named: "s3l-savers") { [weak self] in self?.readForEver() }.detach()
    } catch {
      tell("\(error)")
    }
  }

  /// Gives the reader a moment to come up to date.
  package func waitBriefly() async {
    for _ in 0..<40 {
      if state.withLock({ !$0.isStarted || $0.isCurrent || $0.isTrouble }) { return }
      await Pause.last(.milliseconds(50))
    }
  }

  package func end() { state.withLock { $0.isEnded = true } }

  /// Who saved a file in this state last, as far as that is known now.
  package func saver(of file: SettledFile, in folder: FolderSettings) -> FileSaver? {
    guard folder.savedBy == .samba else { return nil }
    begin([folder])
    // Samba tells of paths without links.
    guard let real = realpath(folder.path, nil) else { return nil }
    defer { free(real) }
    let path = Array(String(cString: real).utf8) + [UInt8(ascii: "/")] + file.path.bytes
    return table.withLock { $0.writer(of: path, changed: file.identity.changed) }
  }

  private func readForEver() {
    let journal = SystemJournal(identifier: "smbd_audit", backlog: Self.backlog)
    while !state.withLock({ $0.isEnded }) {
      do throws(SystemJournalError) {
        table.withLock { $0.forget() }
        try journal.follow { take($0) }
      } catch {
        tell(Self.reason(error))
      }
      let end = MonotonicInstant.now + Self.retry
      while MonotonicInstant.now < end, !state.withLock({ $0.isEnded }) { usleep(500_000) }
    }
  }

  /// False once nobody asks any more.
  private func take(_ event: SystemJournal.Event?) -> Bool {
    switch event {
    case .entry(let entry):
      guard Self.programs.contains(entry.executable), let line = SambaAuditLine(entry.message) else { break }
      table.withLock { $0.take(line, at: entry.at) }
    case .lost: table.withLock { $0.forget() }
    case .current:
      let wasTrouble = state.withLock { state in
        defer { (state.isCurrent, state.isTrouble) = (true, false) }
        return state.isTrouble
      }
      if wasTrouble { showTrouble(nil) }
    case nil: break
    }
    return !state.withLock { $0.isEnded }
  }

  private func tell(_ reason: String) {
    let isNew = state.withLock { state in
      defer { state.isTrouble = true }
      return !state.isTrouble
    }
    guard isNew else { return }
    let text = "who saved the files is not known: \(reason); records are written without it"
    logger.warning("\(text)", metadata: [LogKey.code: "folder"])
    showTrouble(text)
  }

  private static func reason(_ error: SystemJournalError) -> String {
    switch error {
    case .unreadable, .failed(EACCES), .failed(EPERM):
      "the systemd journal cannot be read; install the drop-in saved-by-samba.conf, or add the daemon's user to the group"
        + " systemd-journal"
    case .failed(let code): "the systemd journal cannot be read: \(SystemCallError(call: "sd_journal", code: code))"
    }
  }
}
