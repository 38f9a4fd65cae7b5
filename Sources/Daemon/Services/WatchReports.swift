import DeliveryModel
import DropWatch
import Logging
import ServiceManager
import Synchronization

/// What the watcher has to say, told to the log, to systemd and to whoever waits for the folders to be empty.
final class WatchReports: Sendable {
  private let logger: Logger
  private let notifier: any ServiceNotifier
  private let board: StatusBoard

  init(logger: Logger, notifier: any ServiceNotifier, board: StatusBoard) {
    self.logger = logger
    self.notifier = notifier
    self.board = board
  }

  func take(_ report: WatchReport) {
    switch report {
    case .arming(let directories):
      // A start may take as long as it comes on: who is ended in the middle of it begins anew.
      notifier.extendTimeout(by: Self.startExtension)
      notifier.status("starting: watches are being set; \(directories) directories have one")
    case .watching: notifier.ready(status: "OK: watching; the first scan runs")
    case .changed: break
    case .scanned(let folder, let purpose, let files, let directories):
      logger.debug(
        "scanned \(files) files in \(directories) directories (\(purpose.rawValue))",
        metadata: [LogKey.folder: .string(folder)])
    case .missed(let folder, let path):
      log(.warning, "only a rescan found this file: an event was missed", folder, .missedByWatch, path: path.escaped)
    case .overflow(let folder):
      log(.warning, "events were dropped; a rescan of the folder finds what they told", folder, .overflow)
    case .unavailable(let folder, let reason):
      log(
        .error, "folder not available: \(reason); its pending files stay, it is watched again by itself", folder,
        .folderUnavailable)
    case .available(let folder): log(.notice, "folder available again; it is scanned", folder, .folderAvailable)
    case .polling(let folder, let reason): log(.warning, "folder is polled: \(reason)", folder, .polled)
    case .watchingAgain(let folder):
      log(.notice, "folder is watched by kernel events again; it was polled meanwhile", folder, nil)
    case .overdue(let folder, let path, let isHeldOpen):
      let cause =
        isHeldOpen ? "a program has had it open for writing" : "it has not come to rest"
      log(
        .warning, "not delivered yet: \(cause) for 30 minutes; it is waited for further", folder, .overdue,
        path: path.escaped)
    case .windowLengthened(let folder, let path, let window, let pause):
      log(
        .notice,
        """
        changed soon after its delivery: files of this folder must be quiet for \(window) from now on, until none \
        changed so for \(pause.brief)
        """, folder, nil, path: path.escaped)
    case .windowRestored(let folder, let window):
      log(
        .notice, "no file changed soon after its delivery any more: files must be quiet for \(window) again", folder,
        nil)
    case .unreadable(let folder, let path, let reason):
      log(
        .warning, "cannot be read: \(reason); it is tried again", folder, .unreadable, path: path.escaped,
        code: "unreadable")
    case .problem(let folder, let reason): log(.warning, "\(reason)", folder, nil, code: "watch")
    }
    board.touch()
  }

  /// The unit's `TimeoutStartSec=`.
  private static let startExtension = Duration.seconds(120)

  private func log(
    _ level: Logger.Level, _ message: Logger.Message, _ folder: String, _ messageID: MessageID?, path: String? = nil,
    code: String? = nil
  ) {
    var metadata: Logger.Metadata = [LogKey.folder: .string(folder)]
    if let messageID { metadata[LogKey.messageID] = messageID.metadataValue }
    if let path { metadata[LogKey.path] = .string(path) }
    if let code { metadata[LogKey.code] = .string(code) }
    let subject = folder + (path.map { "/" + $0 } ?? "")
    logger.log(level: level, "\(subject): \(message)", metadata: metadata)
  }
}
