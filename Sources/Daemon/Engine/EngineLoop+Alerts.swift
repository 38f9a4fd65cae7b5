import DeliveryJournal
import DeliveryModel

extension EngineLoop {
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
      guard case .paused(_, let failure, _) = lane.state else { continue }
      alert(.blocked, lane.service.rawValue, reason: failure.alertReason, isReminder: true)
    }
    if let (failure, _) = credentialFailure {
      alert(.blocked, AlertNotice.Subject.credentials, reason: failure.message, isReminder: true)
    }
  }

  /// What a note means to those who look after the daemon. Parked and refused files the journal tells by itself.
  mutating func alert(of note: DeliveryNote) {
    switch note {
    case .lanePaused(let lane):
      guard case .paused(_, let failure, _) = lane.state else { return }
      unresolved.remove(lane.service.rawValue)
      alert(.blocked, lane.service.rawValue, reason: failure.alertReason)
    case .laneOpened(let service): alert(.recovered, service.rawValue)
    case .delivered: resolve()
    case .attemptFailed, .parked, .withdrawn, .rejected, .unchanged, .touched, .torn: break
    }
  }

  /// A delivery went all the way: whatever was told to be blocked by a run before this one works again.
  private mutating func resolve() {
    guard !unresolved.isEmpty else { return }
    for subject in unresolved.sorted() { alert(.recovered, subject) }
    unresolved.removeAll()
  }
}

extension ServiceFailure {
  /// A message about a service is read by more people than may see every folder: nobody asks a disk for it, so what lies in
  /// a sub-folder is not named.
  fileprivate var alertReason: String { told { $0.path.directory == .root } }
}
