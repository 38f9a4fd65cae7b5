package import DaemonConfiguration
import DeliveryJournal
package import DeliveryModel

/// The journal as commands see it: read-only, whether the daemon runs or not.
package struct QueueInspection: Sendable {
  private let reader: JournalReader
  private let configuration: Configuration
  private let looks: FolderLooks

  /// Throws, in words, where there is no journal or it cannot be read. `looks`: how folders are looked at, where they are.
  package init(_ configuration: Configuration, _ looks: FolderLooks) throws {
    self.configuration = configuration
    self.looks = looks
    reader = try JournalReader(directory: configuration.journal.directory)
  }

  /// How many there are in any of the states.
  package func count(_ states: [DeliveryState]) throws -> Int { try reader.counts(states).values.reduce(0, +) }

  package func oldestOpen() throws -> Timestamp? { try reader.oldestOpen() }

  /// Deliveries in any of the states, oldest first.
  package func list(_ states: [DeliveryState], limit: Int) throws -> [Delivery] {
    try reader.list(states, limit: limit)
  }

  /// The delivery with that number, or the newest one of that path; its failed attempts too. Throws ``FolderSilent`` for a
  /// path that is in no delivery as it is written, where its folder does not answer.
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
    case .rejected: obstacle(toRetrying: delivery.file)
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

  /// What waits in directories that no folder of the configuration watches. May block, as ``FolderLooks`` does.
  package func unwatched() throws -> [UnwatchedPlace] {
    try unwatched { paths in looks.ask(paths.map { .root(path: $0) }, configuration) }
  }

  func unwatched(roots: ([String]) -> [FolderAnswer]) throws -> [UnwatchedPlace] {
    UnwatchedPlace.all(in: configuration, try reader.waitingByRoot(), roots: roots)
  }

  private func obstacle(toRetrying file: SettledFile) -> String? {
    let absent = "change the rule or the file, then move it back into its folder"
    guard let folder = configuration.folders.first(where: { $0.name == file.folder }) else { return absent }
    let path = Array(folder.path.utf8) + [UInt8(ascii: "/")] + file.path.bytes
    switch look(at: path) {
    case .place(let place) where place.isFile: return nil
    case .silence: return FolderLooks.silence(of: path, in: configuration)
    default: return absent
    }
  }

  private func look(at path: [UInt8]) -> FolderAnswer {
    looks.ask([.place(path: path)], configuration).first ?? .silence
  }

  /// In which folder a path lies that a person typed, and whether a file is there; nil for one outside every folder. Blocks.
  package func place(of path: [UInt8]) throws(FolderSilent) -> (place: FolderPlace, isFile: Bool)? {
    switch look(at: path) {
    case .place(let found):
      guard var place = FolderPlace(found, in: configuration) else { return nil }
      place.reserved = (try? reader.placePaths(at: place.folder.path)) ?? []
      return (place, found.isFile)
    case .outside(unanswered: []): return nil
    case .outside(let unanswered):
      throw FolderSilent(message: "folder \(unanswered[0]) does not answer: whether it lies there is not known")
    case .failure(let reason): throw FolderSilent(message: reason)
    case .silence, .examined, .root, .content:
      throw FolderSilent(message: FolderLooks.silence(of: path, in: configuration))
    }
  }

  private func find(_ subject: String) throws -> Delivery? {
    if let number = Int64(subject) { return try reader.delivery(number) }
    let path = Array(subject.utf8)
    do {
      return try place(of: path).flatMap { try newest(at: $0.place) }
    } catch let error as FolderSilent {
      // Where it leads if no link is on the way, which nobody can say.
      if let place = FolderLooks.writtenPlace(of: path, in: configuration), let found = try newest(at: place) {
        return found
      }
      throw error
    }
  }

  private func newest(at place: FolderPlace) throws -> Delivery? {
    try reader.deliveries(of: place.path, folder: place.folder.name, limit: 1).first
  }

  /// What was delivered since the moment, oldest first.
  package func history(
    since moment: Timestamp, folder: String?, nameGlob: String?, _ body: (Delivery) throws -> Void
  ) throws {
    try reader.history(since: moment, folder: folder, name: nameGlob, body)
  }

  /// What is known of the content of files: see ``SafetyAnswer``. The paths are as the shell gave them. The files are read.
  /// Blocks.
  package func safety(of paths: [[UInt8]]) -> [SafetyAnswer] {
    let answers = looks.ask(paths.map { .content(path: $0) }, configuration)
    return zip(paths, answers).map { SafetyAnswer($1, to: $0, configuration, reader) }
  }
}

/// What was asked about cannot be looked at: its folder does not answer.
package struct FolderSilent: Error, CustomStringConvertible {
  let message: String

  package var description: String { message }
}
