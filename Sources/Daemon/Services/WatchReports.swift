import DeliveryModel
import Folders
import Logging
import ServiceManager
import Status
import Synchronization
import SystemSupport

/// What the watcher has to say, told to the log, to systemd and to whoever waits for the folders to be empty.
final class WatchReports: Sendable {
  private let logger: Logger
  private let notifier: any ServiceNotifier
  private let board: StatusBoard
  private let names: NameRulesMark
  /// Tells the engine whether a folder is there and answers.
  private let tellEngine: @Sendable (_ folder: String, _ isThere: Bool) -> Void
  /// Where a folder lies.
  private let path: @Sendable (_ folder: String) -> String?

  init(
    logger: Logger, notifier: any ServiceNotifier, board: StatusBoard, names: NameRulesMark,
    path: @escaping @Sendable (_ folder: String) -> String?,
    tellEngine: @escaping @Sendable (_ folder: String, _ isThere: Bool) -> Void
  ) {
    self.names = names
    self.path = path
    self.tellEngine = tellEngine
    self.logger = logger
    self.notifier = notifier
    self.board = board
  }

  func take(_ report: WatchReport) {
    switch report {
    case .watching: notifier.ready()
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
    case .available(let folder):
      tellEngine(folder, true)
      log(.notice, "folder available again; it is scanned", folder, .folderAvailable)
    case .silent(let folder, _):
      tellEngine(folder, false)
      log(
        .error,
        """
        folder does not answer: a call in \(place(folder)) has not returned for \(FolderActivity.patience.brief); look at \
        the server, the line or the disk behind it. Its files wait and nothing is lost; the other folders flow; it goes \
        on by itself once it answers
        """, folder, .folderUnavailable)
    case .readingSilent(let folder, _):
      log(
        .error,
        """
        a large file is not read on: a call in \(place(folder)) has not returned for \(FolderActivity.patience.brief); \
        files that need as long wait behind it, the rest of the folder flows
        """, folder, nil, code: "reading")
    case .answers(let folder):
      tellEngine(folder, true)
      log(.notice, "folder answers again; its files are delivered", folder, .folderAvailable)
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
    case .left(let folder, let path, let other):
      log(
        .notice,
        """
        left to folder \(EscapedText.escape(other)), whose directory it is by another path (a mount): what is saved in it is \
        delivered by that folder alone
        """, folder, nil, path: path.escaped, code: "watch")
    case .namesChanged(let folder, let changed):
      tell(changed.taken, "taken from now on: its name was passed over before the upgrade", folder)
      tell(changed.passedOver, "passed over from now on: its name was taken before the upgrade", folder)
      names.close(folder)
    case .problem(let folder, let reason): log(.warning, "\(reason)", folder, nil, code: "watch")
    }
    board.touch()
  }

  private func place(_ folder: String) -> String {
    guard let path = path(folder) else { return "it" }
    return EscapedText.escape(path) + (MountTable.mount(of: path).map { " (\($0.words))" } ?? "")
  }

  private func tell(_ side: ChangedNames.Side, _ message: Logger.Message, _ folder: String) {
    for name in side.names { log(.notice, message, folder, nil, path: name, code: "names") }
    let rest = side.count - side.names.count
    if rest > 0 { log(.notice, "and \(rest) more \(message)", folder, nil, code: "names") }
  }

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
