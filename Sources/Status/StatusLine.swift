import Delivery
import DeliveryModel

/// The one line of `systemctl status`: the verdict first, then the numbers. A pure function of what is known.
struct StatusLine: Sendable {
  var folderCount: Int
  var unavailableFolders: [String]
  var pending: Int
  var parked: Int
  var oldestPending: Duration?
  var deliveredToday: Int
  var lastDelivered: QueueCounters.LastDelivered?
  /// What it may be called before everybody; nil for its own name.
  var lastName: String?
  /// The services that are asked by probes alone, the most telling first.
  var pauses: [Pause]
  /// The folders of which a service takes nothing while it takes others'.
  var closed: [ClosedFolder] = []
  /// Folders of which a service answers no request.
  var unanswered: [Unanswered] = []
  /// Folders in which a call does not return.
  var silent: [Silence] = []
  /// Files that are refused, or not confirmed, while others are delivered.
  var alone: Alone?
  /// Something else that an administrator must know, such as a full disk.
  var problem: String?
  /// What a person has to do something about.
  var heldUp: HeldUpFiles?
  /// Why the last reload changed nothing.
  var reloadProblem: String?
  /// The first keys that wait for a restart; nil for none.
  var restartNeeded: String?

  struct Alone: Sendable, Equatable {
    /// Of the first of them, escaped.
    var path: String
    var reason: String
    var count: Int
  }

  struct Silence: Sendable, Equatable {
    var folder: String
    var since: Timestamp
    /// What is mounted there, in words; nil where the kernel does not say.
    var mount: String?
  }

  struct ClosedFolder: Sendable, Equatable {
    var folder: String
    var pause: Pause
    /// How many files of it wait.
    var waiting: Int
    /// Another service that takes nothing of it either.
    var also: String?
  }

  struct Unanswered: Sendable, Equatable {
    var folder: String
    var service: String
    var since: Timestamp
  }

  struct Pause: Sendable, Equatable {
    var kind: Circuit.Kind
    var failure: ServiceFailure
    var since: Timestamp
    /// What may be told of the failure to everybody.
    var reason: String

    init(kind: Circuit.Kind, failure: ServiceFailure, since: Timestamp, reason: String? = nil) {
      self.kind = kind
      self.failure = failure
      self.since = since
      self.reason = reason ?? failure.message
    }
  }

  /// At most about 300 characters; nothing in it can forge a line.
  var text: String {
    if let blocked = pauses.first(where: { $0.kind == .blocked }) { return paused("BLOCKED", blocked) }
    if let outage = pauses.first { return paused("WAITING", outage) }
    if let first = closed.first { return text(of: first) }
    if let first = unanswered.first { return "DEGRADED: \(text(of: first)); \(queueText)" }
    if let first = silent.first { return "DEGRADED: \(text(of: first)); \(queueText)" }
    if let problem { return "DEGRADED: \(problem); \(queueText)" }
    if let reloadProblem { return "DEGRADED: \(reloadProblem); \(queueText)" }
    if let folder = unavailableFolders.first {
      return "DEGRADED: folder \(folder) is not available, its files are waited for; \(queueText)"
    }
    if let alone { return "DEGRADED: \(text(of: alone)); \(queueText)" }
    if let heldUp {
      return "DEGRADED: \(heldUp.text); 's3loggerd status' lists what waits for somebody; \(queueText)"
    }
    let waiting = restartNeeded.map { "; restart needed for \($0)" } ?? ""
    return "OK: \(folderCount) \(folderCount == 1 ? "folder" : "folders"), \(queueText)\(waiting)"
  }

  private func paused(_ verdict: String, _ pause: Pause) -> String {
    let others = pauses.filter { $0.kind == pause.kind && $0.failure.lane != pause.failure.lane }
    return "\(verdict): \(Self.brief(pause.reason)) since \(pause.since.timeOfDay)"
      + "\(also(others.map(\.failure.lane.displayName), pause.kind)); \(pending) pending, nothing lost"
  }

  /// That other services do the same.
  private func also(_ services: [String], _ kind: Circuit.Kind) -> String {
    guard let first = services.first else { return "" }
    return kind == .blocked ? ", and \(first) refuses too" : ", nor does \(first) do its work"
  }

  private func text(of closed: ClosedFolder) -> String {
    let verdict = closed.pause.kind == .blocked ? "BLOCKED" : "WAITING"
    let files = closed.waiting == 1 ? "the one file that waits there" : "all \(closed.waiting) files that wait there"
    let more = self.closed.count > 1 ? ", and \((self.closed.count - 1).counted("more folder"))" : ""
    let others = self.closed.count < folderCount ? "the others flow; " : ""
    return "\(verdict): folder \(closed.folder), \(files): \(Self.brief(closed.pause.reason)) since "
      + "\(closed.pause.since.timeOfDay)\(also(closed.also.map { [$0] } ?? [], closed.pause.kind))\(more); \(others)\(queueText)"
  }

  private func text(of unanswered: Unanswered) -> String {
    let folders = Set(self.unanswered.map(\.folder)).count
    let subject = folderCount > 1 ? " of folder \(unanswered.folder)" : ""
    let more = folders > 1 ? ", nor \(folders - 1) more" : ""
    let others = folders < folderCount ? ", the others flow" : ""
    return "\(unanswered.service) answers no request\(subject) since \(unanswered.since.timeOfDay)\(more): look at the "
      + "line and what is on it; what gets no answer is given up in time and sent again\(others)"
  }

  private func text(of silence: Silence) -> String {
    let place = silence.mount.map { " (\($0))" } ?? ""
    let others = silent.count > 1 ? ", nor do \(silent.count - 1) more" : ""
    return "folder \(silence.folder) does not answer since \(silence.since.timeOfDay)\(place)\(others): "
      + "look at the server, the line or the disk behind it; its files wait, the other folders flow"
  }

  private func text(of alone: Alone) -> String {
    let others = alone.count > 1 ? " and \(alone.count - 1) more wait by themselves" : " waits by itself"
    return "\(alone.path.suffix(120))\(others): \(Self.brief(alone.reason))"
  }

  /// What is too long for a line ends at a word; `s3loggerd status` has it in full.
  private static func brief(_ message: String) -> String {
    let longest = 240
    guard message.unicodeScalars.count > longest else { return message }
    let start = message.unicodeScalars.prefix(longest)
    let end = start.lastIndex { $0 == " " } ?? start.endIndex
    return String(start[..<end]) + " ..."
  }

  private static func start(of name: String) -> String { String(name.unicodeScalars.prefix(80)) }

  private var queueText: String {
    var text = "\(pending) pending"
    if pending > 0, let oldestPending { text += " (oldest \(oldestPending.brief))" }
    if parked > 0 { text += ", \(parked) parked" }
    text += ", \(deliveredToday) delivered today"
    if let lastDelivered {
      let name = lastName ?? EscapedText.escape(lastDelivered.path.name)
      text += ", last \(Self.start(of: name)) \(lastDelivered.at.timeOfDayWithSeconds)"
    }
    return text
  }
}
