/// Something that the person who looks after the daemon is told of without asking.
package struct AlertNotice: Hashable, Sendable {
  /// The raw value is part of the journal's schema, the configuration and what receivers get.
  package enum Event: String, Sendable, CaseIterable {
    case rejected
    case parked
    /// A service, the credentials or the journal: everything waits.
    case blocked
    /// What was blocked, or waited too long, is over.
    case recovered
    /// The oldest file has waited longer than it should.
    case oldestPending = "oldest_pending"
    /// Files of one folder do not flow, and somebody has to do something about it.
    case folder
    case digest
  }

  package var event: Event
  /// Whom it is about: a folder, or one of ``Subject``. Event and subject together are the cause.
  package var subject: String
  package var at: Timestamp
  /// The delivery's number and path, where it is about one.
  package var number: Int64?
  package var path: RelativePath?
  /// In plain words, escaped and bounded; empty where the event says it all.
  package var reason: String
  /// Figures as a JSON object; empty where there are none.
  package var details: String
  /// Only for those who have not been told of what still lasts, such as a receiver that a reload brought.
  package var isReminder = false

  package init(
    _ event: Event, _ subject: String, at moment: Timestamp, number: Int64? = nil, path: RelativePath? = nil,
    reason: String = "", details: String = ""
  ) {
    self.event = event
    self.subject = subject
    at = moment
    self.number = number
    self.path = path
    self.reason = reason
    self.details = details
  }

  /// Subjects that are no folder; the lanes of S3 and DynamoDB have their own names.
  package enum Subject {
    package static let credentials = "credentials"
    package static let journal = "journal"
    /// The signed list of what was received; deliveries go on without it.
    package static let custody = "custody"
    /// All that waits.
    package static let queue = "queue"

    /// Of a condition of a folder, which may have the name of a service; a folder's name has no colon.
    package static func folder(_ name: String) -> String { folderPrefix + name }

    /// The name of the folder; nil where the subject is something else.
    package static func name(ofFolder subject: String) -> String? {
      guard subject.utf8.starts(with: folderPrefix.utf8) else { return nil }
      return String(subject.utf8.dropFirst(folderPrefix.utf8.count))
    }

    /// Of what a service refuses of one folder alone.
    package static func folder(_ name: String, at service: ServiceLane) -> String { "\(service.rawValue):\(name)" }

    /// That folder's name; nil where the subject is something else.
    package static func folderAtService(_ subject: String) -> String? {
      let parts = subject.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1)
      guard parts.count == 2, let service = ServiceLane(rawValue: String(decoding: parts[0], as: UTF8.self)) else {
        return nil
      }
      return String(subject.utf8.dropFirst(service.rawValue.utf8.count + 1))
    }

    private static let folderPrefix = "folder:"
  }

  /// Names this very notice, the same at every attempt and after every restart: a receiver knows by it what it has. Visible
  /// ASCII without a dot, which separates the parts of what is signed; a folder's name has no colon.
  package var id: String {
    let cause = "\(event.rawValue)_\(subject.replacingEach(".", by: ":"))_\(at.milliseconds)"
    // Several files may be refused within a millisecond.
    return number.map { "\(cause)_\($0)" } ?? cause
  }
}
