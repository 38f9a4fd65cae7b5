package import DaemonConfiguration
import DeliveryJournal
package import DeliveryModel
import SystemSupport

/// The journal as commands see it: read-only, whether the daemon runs or not.
package struct QueueInspection: Sendable {
  private let reader: JournalReader
  private let configuration: Configuration

  /// Throws, in words, where there is no journal or it cannot be read.
  package init(_ configuration: Configuration) throws {
    self.configuration = configuration
    reader = try JournalReader(directory: configuration.journal.directory)
  }

  /// How many there are in any of the states.
  package func count(_ states: [DeliveryState]) throws -> Int { try reader.counts(states).values.reduce(0, +) }

  package func oldestOpen() throws -> Timestamp? { try reader.oldestOpen() }

  /// Deliveries in any of the states, oldest first.
  package func list(_ states: [DeliveryState], limit: Int) throws -> [Delivery] {
    try reader.list(states, limit: limit)
  }

  /// The delivery with that number, or the newest one of that path; its failed attempts too.
  package func show(_ subject: String) throws -> (delivery: Delivery, report: DeliveryReport)? {
    guard let delivery = try find(subject) else { return nil }
    var report = DeliveryReport(delivery)
    report.attemptLog = try reader.attempts(of: delivery.number).map {
      DeliveryReport.Attempt(
        at: $0.at.iso8601, state: $0.state.rawValue, code: $0.code, message: $0.message, requestID: $0.requestID,
        hostID: $0.hostID)
    }
    return (delivery, report)
  }

  /// Why nothing would come of trying the delivery again, in words; nil where something may.
  package func obstacle(toRetrying delivery: Delivery) -> String? {
    switch delivery.state {
    case .pending, .uploaded, .parked: nil
    case .logged, .withdrawn: "there is nothing to try again"
    case .rejected:
      stands(delivery.file) ? nil : "change the rule or the file, then move it back into its folder"
    }
  }

  /// Why the delivery cannot be dismissed, in words; nil where it can.
  package func obstacle(toDismissing delivery: Delivery) -> String? {
    if delivery.canBeDismissed { return nil }
    switch delivery.state {
    case .uploaded: return "it is in S3 and must get its record"
    case .parked: return "it is in S3 and must get its record: s3loggerd queue retry \(delivery.number)"
    default: return "there is nothing to dismiss"
    }
  }

  /// What waits in directories that no folder of the configuration watches.
  package func unwatched() throws -> [UnwatchedPlace] {
    UnwatchedPlace.all(in: configuration, try reader.waitingByRoot())
  }

  private func stands(_ file: SettledFile) -> Bool {
    guard let folder = configuration.folders.first(where: { $0.name == file.folder }) else { return false }
    return (try? RootDirectory(folder.path).status(of: file.path)) != nil
  }

  private func find(_ subject: String) throws -> Delivery? {
    if let number = Int64(subject) { return try reader.delivery(number) }
    guard let place = FolderPlace(subject, in: configuration) else { return nil }
    return try reader.deliveries(of: place.path, folder: place.folder.name, limit: 1).first
  }

  /// What was delivered since the moment, oldest first.
  package func history(
    since moment: Timestamp, folder: String?, nameGlob: String?, _ body: (Delivery) throws -> Void
  ) throws {
    try reader.history(since: moment, folder: folder, name: nameGlob, body)
  }

  /// What is known of the content of a file: see ``SafetyAnswer``. Reads the file. Blocks.
  package func safety(of path: String) -> SafetyAnswer { safety(of: Array(path.utf8)) }

  /// The same for a path as the shell gave it.
  package func safety(of path: [UInt8]) -> SafetyAnswer {
    SafetyAnswer(bytes: path, configuration, reader)
  }
}
