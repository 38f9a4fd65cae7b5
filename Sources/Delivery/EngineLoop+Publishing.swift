import DeliveryJournal
import DeliveryModel
import HTTPTransport

extension EngineLoop {
  /// Shows the state to whoever reports it. Cheap: the status service looks at most once a second.
  func publish() {
    ports.show(
      EngineView(
        counters: counters, s3: machine.s3.condition, dynamodb: machine.dynamodb.condition,
        credentialFailure: credentialFailure,
        problem: problem, alone: machine.alone,
        isIdle: machine.active.isEmpty && machine.comparisons.isEmpty && commits.isIdle,
        sampled: machine.lookups.sparse, reopened: reopened))
  }

  /// Lets somebody be told; written down with whatever is written next.
  mutating func alert(
    _ event: AlertNotice.Event, _ subject: String, reason: String = "", isReminder: Bool = false
  ) {
    guard ports.journal.journal.alerts.policy != nil else { return }
    var notice = AlertNotice(event, subject, at: ports.clock.wall(), reason: reason)
    notice.isReminder = isReminder
    commits.add([.alert(notice)])
  }

  /// The settings are others: a receiver may be new, and does not know what is blocked.
  mutating func remindOfBlocks() {
    for lane in [machine.s3, machine.dynamodb] {
      if let opening = lane.opening {
        alert(.blocked, lane.service.rawValue, reason: opening.failure.alertReason, isReminder: true)
      }
      for (folder, opening) in lane.closedFolders {
        alert(
          .blocked, AlertNotice.Subject.folder(folder, at: lane.service), reason: opening.failure.alertReason,
          isReminder: true)
      }
    }
    if let (failure, _) = credentialFailure {
      alert(.blocked, AlertNotice.Subject.credentials, reason: failure.message, isReminder: true)
    }
  }

  /// What a note means to those who look after the daemon. Parked and refused files the journal tells by itself.
  mutating func alert(of note: DeliveryNote) {
    switch note {
    case .circuitOpened(let service, let scope, let opening):
      let subject = Self.subject(service, scope)
      unresolved.remove(subject)
      alert(.blocked, subject, reason: opening.failure.alertReason)
    case .circuitClosed(let service, let scope): alert(.recovered, Self.subject(service, scope))
    case .folderForgotten(let service, let folder):
      alert(
        .recovered, AlertNotice.Subject.folder(folder, at: service), reason: "it is not in the configuration any more")
    case .delivered(let number, _): resolve(departing[number]?.file.folder)
    case .attemptFailed, .parked, .withdrawn, .rejected, .unchanged, .known, .touched, .torn, .checksumFound: break
    }
  }

  private static func subject(_ service: ServiceLane, _ scope: CircuitBreaker.Scope) -> String {
    switch scope {
    case .service: service.rawValue
    case .folder(let folder): AlertNotice.Subject.folder(folder, at: service)
    }
  }

  /// A delivery of the folder went all the way: what a run before this one reported as blocked works again, other folders
  /// left out.
  private mutating func resolve(_ folder: String?) {
    guard !unresolved.isEmpty else { return }
    let others = unresolved.filter { subject in
      AlertNotice.Subject.folderAtService(subject).map { $0 != folder } ?? false
    }
    for subject in unresolved.subtracting(others).sorted() { alert(.recovered, subject) }
    unresolved = others
  }
}

extension ServiceFailure {
  /// A message about a service is read by more people than may see every folder: nobody asks a disk for it, so what lies in
  /// a sub-folder is not named.
  fileprivate var alertReason: String { told { $0.path.directory == .root } }
}
