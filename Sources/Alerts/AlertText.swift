import DeliveryModel
import SystemSupport

/// An alert in plain words: what happened, what it means for the files, what to do.
struct AlertText {
  let text: String

  init(_ alert: Alert, host: String, figures: DigestFigures?) {
    let more = alert.count > 1 ? " \(alert.count - 1) more of the kind since the last message." : ""
    text = Self.plain("\(host): " + Self.sentence(alert.notice, figures) + more)
  }

  private static func sentence(_ notice: AlertNotice, _ figures: DigestFigures?) -> String {
    switch notice.event {
    case .rejected:
      "\(file(notice)) was refused: \(ended(notice.reason)) It was not uploaded; it was moved aside, with a note for the "
        + "staff beside it. Nothing to do unless the folder's rule is wrong."
    case .parked:
      "\(file(notice)) cannot be delivered and was set aside: \(ended(notice.reason)) It stays in its folder. Mend the "
        + "cause, then run: s3loggerd queue retry \(notice.number ?? 0)"
    case .blocked where notice.subject == AlertNotice.Subject.custody:
      "The custody ledger waits since \(minute(notice.at)): \(ended(notice.reason)) Files are delivered and entered all the "
        + "same, and no entry is lost. To see what waits: s3loggerd custody status"
    case .recovered where notice.subject == AlertNotice.Subject.custody:
      "Nothing of the custody ledger waits any more. Nothing to do."
    case .blocked:
      "\(thing(notice.subject)) stopped at \(minute(notice.at)): \(ended(notice.reason)) Every file is kept and is sent "
        + "once this is mended. To see what waits: s3loggerd status"
    case .recovered where notice.subject == AlertNotice.Subject.queue:
      "No file waits too long any more. Nothing to do."
    case .recovered where AlertNotice.Subject.folderAtService(notice.subject) != nil && !notice.reason.isEmpty:
      "\(thing(notice.subject)) is no longer looked at: \(ended(notice.reason)) What waits of it is kept: s3loggerd queue"
    case .recovered where notice.folder != nil && !notice.reason.isEmpty:
      "Folder \(notice.folder ?? ""): \(ended(notice.reason)) What it was reported for is no longer looked at."
    case .recovered where notice.folder != nil:
      "Folder \(notice.folder ?? ""): nothing in it waits for anybody any more. Nothing to do."
    case .folder:
      "Folder \(notice.folder ?? ""): \(ended(notice.reason)) Nothing is lost, and the other folders are delivered. To see "
        + "more: s3loggerd status"
    case .recovered: "\(thing(notice.subject)) works again since \(minute(notice.at)); deliveries go on. Nothing to do."
    case .oldestPending:
      "Files wait too long to be delivered: \(ended(notice.reason)) Every file is kept. To see why: s3loggerd queue show "
        + "\(notice.number ?? 0)"
    case .digest: figures?.sentence ?? notice.reason
    }
  }

  /// So long a path leaves room for what is to be done, in characters.
  private static let pathLimit = 300

  private static func file(_ notice: AlertNotice) -> String {
    "\(notice.subject)/\(AlertMessage.cut(notice.path?.escaped ?? "", limit: pathLimit))"
  }

  private static func thing(_ subject: String) -> String {
    switch subject {
    case AlertNotice.Subject.credentials: "Getting credentials"
    case AlertNotice.Subject.journal: "Writing to the journal"
    default: delivery(subject)
    }
  }

  private static func delivery(_ subject: String) -> String {
    guard let folder = AlertNotice.Subject.folderAtService(subject) else {
      return "Delivery to \(ServiceLane(rawValue: subject)?.displayName ?? subject)"
    }
    let service = ServiceLane.allCases.first { subject == AlertNotice.Subject.folder(folder, at: $0) }
    return "Delivery of folder \(folder) alone to \(service?.displayName ?? "AWS")"
  }

  /// As a clock on the wall of the machine shows it.
  private static func minute(_ moment: Timestamp) -> String {
    let local = moment + LocalTime.offset(at: moment)
    return local.date.iso8601 + " " + local.timeOfDay
  }

  private static func ended(_ reason: String) -> String {
    reason.endsWith(".") || reason.isEmpty ? reason : reason + "."
  }

  /// Chat programs make links, mentions and markup of these; a file's name must not.
  static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar {
          case "<": "‹"
          case ">": "›"
          case "@": "＠"
          case "[": "［"
          case "]": "］"
          case "`": "ˋ"
          default: scalar
          }
        }))
  }
}
