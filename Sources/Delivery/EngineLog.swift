package import DeliveryModel
package import Logging
import ServiceManager

/// What the engine tells the log: one constant message per kind of event, the rest in fields.
package struct EngineLog: Sendable {
  let logger: Logger

  package init(logger: Logger) { self.logger = logger }

  func note(_ note: DeliveryNote, _ delivery: Delivery?) {
    switch note {
    case .delivered(_, let found):
      info("delivered \(name(delivery))\(found ? "; the record was already there" : "")", .delivered, delivery)
    case .attemptFailed(_, let failure, let next?): attemptFailed(failure, next, delivery)
    case .attemptFailed(_, _, nil): break  // the line of the closed scope says it for all
    case .parked(_, let reason):
      warn(
        "parked \(name(delivery)): \(reason); it stays in the folder. After mending: s3loggerd queue retry", .parked,
        delivery)
    case .withdrawn(_, let reason): info("withdrawn \(name(delivery)): \(reason)", .withdrawn, delivery)
    case .rejected(_, let reason):
      warn("refused \(name(delivery)): \(reason) It is moved aside, with a note for the staff", .rejected, delivery)
    case .known:
      info(
        "recorded before this journal, nothing sent: \(name(delivery)); its record is in the table already", .delivered,
        delivery)
    case .unchanged: info("touched but not changed, nothing to deliver: \(name(delivery))", nil, delivery)
    case .touched(let file):
      info("touched but not changed, nothing to deliver: \(file.folder)/\(file.path.escaped)", nil, nil)
    case .torn: info("changed before it was sent, watched again: \(name(delivery))", .requeued, delivery)
    case .circuitOpened(let service, let scope, let opening): circuitOpened(service, scope, opening)
    case .circuitClosed(let service, let scope): circuitClosed(service, scope)
    case .folderForgotten(let service, let folder):
      logger.notice(
        """
        folder \(folder) is no longer in the configuration: that \(service.displayName) takes nothing of it is not reported \
        any more; what waits of it is kept and listed by s3loggerd queue
        """,
        metadata: id(.unblocked).merging([LogKey.folder: .string(folder)]) { first, _ in first })
    case .checksumFound(let finding): checksumFound(finding)
    }
  }

  /// The limit in force from now on, bytes a second.
  func bandwidth(_ rate: Int64?) {
    logger.notice("uploads may send \(rate.map { "\($0) bytes a second" } ?? "as much as they can") from now on")
  }

  private func checksumFound(_ finding: ChecksumFinding) {
    if finding.signsBodies {
      return logger.notice(
        """
        S3 refuses parts whose bodies are not signed, and takes them signed, as a bucket policy may demand: they are signed \
        over their SHA-256 from now on; no file is the worse for it
        """)
    }
    logger.notice(
      """
      \(finding.keepsCRC64 ? "the server keeps a CRC-64/NVME of every object" : "the server keeps no CRC-64/NVME of objects"): \
      files that go in parts are verified by \(finding.keepsCRC64 ? "it" : "SHA-256") from now on
      """)
  }

  /// The process before ended while it had this file in hand.
  package func crashed(_ delivery: Delivery) {
    let reason = delivery.lastError ?? ""
    guard delivery.state == .parked else {
      return warn("\(reason): \(name(delivery)), \(delivery.strikes) of \(Delivery.strikeLimit) times", nil, delivery)
    }
    note(.parked(delivery.number, reason: "\(reason), again and again"), delivery)
  }

  func dismissed(_ delivery: Delivery) {
    info(
      "dismissed by the operator: \(name(delivery)); it is not taken up again unless it changes", .withdrawn, delivery)
  }

  func notDismissed(_ delivery: Delivery) {
    warn("not dismissed, as it is being uploaded: \(name(delivery))", nil, delivery)
  }

  /// Nothing was written; `reason` says what that means for the files.
  /// `work`: what cannot be done now.
  func journalWaits(_ reason: String, _ work: String) {
    logger.error("\(reason); the \(work) is repeated every 5 s", metadata: id(.blocked))
  }

  func journalWritten() {
    logger.notice("the journal can be written again; deliveries go on", metadata: id(.unblocked))
  }

  func circuitClosed(_ service: ServiceLane, _ scope: CircuitBreaker.Scope) {
    var metadata = id(.unblocked)
    guard case .folder(let folder) = scope else {
      return logger.notice("\(service.displayName) works again; deliveries go on", metadata: metadata)
    }
    metadata[LogKey.folder] = .string(folder)
    logger.notice(
      "\(service.displayName) takes the files of folder \(folder) again; its deliveries go on", metadata: metadata)
  }

  func credentialsFailed(_ failure: ServiceFailure) {
    var metadata = id(.blocked)
    add(failure, to: &metadata)
    logger.error("no credentials: \(failure.message); every file is kept and sent once there are", metadata: metadata)
  }

  private func circuitOpened(
    _ service: ServiceLane, _ scope: CircuitBreaker.Scope, _ opening: Circuit.Opening
  ) {
    var metadata = id(.blocked)
    add(opening.failure, to: &metadata)
    let name = service.displayName
    let probes = "one attempt at a time finds out when it works again"
    guard case .folder(let folder) = scope else {
      let verdict = opening.kind == .blocked ? "blocked" : "not reachable"
      return logger.error(
        "\(name) is \(verdict): \(opening.failure.message); every file is kept, \(probes)", metadata: metadata)
    }
    metadata[LogKey.folder] = .string(folder)
    logger.error(
      """
      folder \(folder) is blocked at \(name): \(opening.failure.message); its files are kept, \(probes); the other \
      folders flow
      """, metadata: metadata)
  }

  private func attemptFailed(_ failure: ServiceFailure, _ next: Timestamp, _ delivery: Delivery?) {
    var metadata = fields(delivery, .attemptFailed)
    add(failure, to: &metadata)
    logger.warning(
      "attempt failed for \(name(delivery)): \(failure.message); next attempt \(next.iso8601)", metadata: metadata)
  }

  /// The code, by which records are limited, and the ids that the service's support asks for.
  private func add(_ failure: ServiceFailure, to metadata: inout Logger.Metadata) {
    metadata[LogKey.code] = .string(failure.code)
    if let id = failure.ids.request { metadata[LogKey.requestID] = .string(id) }
    if let id = failure.ids.host { metadata[LogKey.hostID] = .string(id) }
  }

  private func info(_ message: Logger.Message, _ messageID: MessageID?, _ delivery: Delivery?) {
    logger.info(message, metadata: fields(delivery, messageID))
  }

  private func warn(_ message: Logger.Message, _ messageID: MessageID?, _ delivery: Delivery?) {
    logger.warning(message, metadata: fields(delivery, messageID))
  }

  /// The file, as a person looks for it.
  private func name(_ delivery: Delivery?) -> String {
    delivery.map { $0.file.folder + "/" + $0.file.path.escaped } ?? "a file"
  }

  private func id(_ messageID: MessageID) -> Logger.Metadata { [LogKey.messageID: messageID.metadataValue] }

  private func fields(_ delivery: Delivery?, _ messageID: MessageID? = nil) -> Logger.Metadata {
    var metadata: Logger.Metadata = messageID.map(id) ?? [:]
    guard let delivery else { return metadata }
    metadata[LogKey.number] = .string(String(delivery.number))
    metadata[LogKey.folder] = .string(delivery.file.folder)
    metadata[LogKey.path] = .string(delivery.file.path.escaped)
    metadata[LogKey.state] = .string(delivery.state.rawValue)
    if let prepared = delivery.prepared {
      metadata[LogKey.objectKey] = .string(prepared.objectKey)
      metadata[LogKey.deliveryID] = .string(prepared.id.text)
    }
    return metadata
  }
}

extension DeliveryNote {
  /// The delivery it is about.
  var number: Int64? {
    switch self {
    case .delivered(let number, _), .attemptFailed(let number, _, _), .parked(let number, _),
      .withdrawn(let number, _), .rejected(let number, _), .unchanged(let number), .known(let number),
      .torn(let number):
      number
    case .circuitOpened, .circuitClosed, .folderForgotten, .touched, .checksumFound: nil
    }
  }
}
