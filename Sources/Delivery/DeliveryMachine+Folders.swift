import DaemonConfiguration
import DeliveryModel

/// Folders whose files cannot be read now: they are not there, or do not answer. Their files wait in the journal, with no
/// attempt counted, until the folder is there again; what S3 has of them is recorded meanwhile.
extension DeliveryMachine {
  /// Since when a folder is left alone, and for how long.
  enum Absence: Sendable, Equatable {
    /// The watching says so, and will say when it is over.
    case announced
    /// Reading has found out; the watching may not have noticed. It is tried again then.
    case found(until: Instant)
  }

  /// What was found out by reading is believed for so long.
  static let awayPause = Duration.seconds(15)

  /// The watching says that the folder is not there, or does not answer.
  mutating func folderLeft(_ folder: String) {
    away[folder] = .announced
    letGo(ofReading: folder)
  }

  /// The watching says that it is there, and answers.
  mutating func folderReturned(_ folder: String) {
    guard away.removeValue(forKey: folder) != nil else { return }
    leftToJournal = true
  }

  /// Reading says so.
  mutating func folderIsAway(_ folder: String, until moment: Instant) {
    if away[folder] != .announced { away[folder] = .found(until: moment) }
    letGo(ofReading: folder)
  }

  /// Other settings: another folder may be meant. What the watching has said of one that stays at its place counts on.
  mutating func keepAbsences(of folders: Set<String>) {
    let former = away
    away = away.filter { $0.value == .announced && folders.contains($0.key) }
    if away != former { leftToJournal = true }
  }

  /// Other settings: what a service refused of a folder that is gone is no longer reported.
  mutating func forgetFolders(but names: Set<String>) {
    for service in [ServiceLane.s3, .dynamodb] {
      var closed: [String] = []
      change(service) { closed = $0.breaker.keep(names) }
      for folder in closed { emit(.note(.folderForgotten(service, folder: folder))) }
    }
  }

  /// Lets in again what was waited for long enough.
  mutating func reviewAbsences(now: Instant) {
    for case (let folder, .found(let until)) in away where until <= now { folderReturned(folder) }
  }

  /// When the next absence is over by itself.
  var nextReturn: Instant? {
    away.values.compactMap { if case .found(let until) = $0 { until } else { nil } }.min()
  }

  /// What is being read of it, or waits for that, goes back to the journal as it is.
  private mutating func letGo(ofReading folder: String) {
    for entry in active.values where entry.folder == folder && entry.isBeingRead {
      let number = entry.delivery.number
      if entry.ahead == nil { release(number) } else { leaveReading(number) }
    }
  }

  /// Other settings: what waits in memory is of another place now, where the folder is at another path or gone. The journal
  /// keeps it, and knows where it lies.
  mutating func letGo(ofFoldersBut kept: Set<String>) {
    for number in active.keys.sorted() {
      guard let entry = active[number], !kept.contains(entry.folder), entry.delivery.state == .pending, entry.isIdle,
        !s3.breaker.isUnderWay(number), !dynamodb.breaker.isUnderWay(number)
      else { continue }
      leaveLine(number)
      release(number)
    }
  }
}

extension DeliveryMachine {
  /// The folder's rules refuse the file: nothing of it is uploaded, its record is next, and it is moved aside.
  mutating func refuse(_ digest: FileDigest, _ entry: ActiveDelivery, at moment: Moment) {
    let number = entry.delivery.number
    guard let verdict = digest.verdict else { return }
    abortMultipart(entry.delivery)
    active[number]?.delivery.prepared = digest.prepared
    active[number]?.stage = .savingReceipt
    emit(.commit(.prepared(number: number, digest.prepared)))
    emit(.commit(.attemptBegan(number: number, at: moment.wall)))
    emit(.commit(.judged(number: number, verdict)))
    emit(.commit(.errand(number: number, .due(.reject, at: moment.wall))))
    emit(.releaseContent(number))
    emit(.note(.rejected(number, reason: verdict.reason)))
  }

  /// The refusal is durable: only the record is left.
  mutating func judged(_ number: Int64, _ verdict: Verdict) {
    active[number]?.delivery.verdict = verdict
    if verdict.isRejected { awaitRecord(number) }
  }
}

extension DeliveryMachine {
  /// What a folder wants done once a file of it is delivered, and how long after.
  struct ErrandRule: Sendable, Equatable {
    var kind: Errand.Kind
    var delay: Duration = .zero
  }

  /// Asks for what the folder wants done, in the transaction that makes the record durable.
  mutating func emitErrands(for delivery: Delivery, at moment: Moment) {
    if delivery.verdict?.isRejected == true { return }
    for rule in settings.errands(for: delivery.file) {
      emit(.commit(.errand(number: delivery.number, .due(rule.kind, at: moment.wall + rule.delay))))
    }
  }

  /// A touched file, or one that was put back, is the delivered one: it goes the same way.
  mutating func emitDisposal(of number: Int64, beside file: SettledFile, at moment: Moment) {
    for rule in settings.errands(for: file) where rule.kind == .dispose {
      emit(.commit(.errand(number: number, .due(.dispose, at: moment.wall + rule.delay))))
    }
  }
}

extension DeliveryMachine.Settings {
  /// Whether the file is deleted once it is delivered.
  func deletes(_ file: SettledFile) -> Bool {
    deleting.contains(file.root.flatMap { names[$0.path] } ?? file.folder)
  }

  /// What the folder wants done that is now where the file was seen, be it under another name.
  func errands(for file: SettledFile) -> [DeliveryMachine.ErrandRule] {
    let name = file.root.flatMap { names[$0.path] } ?? file.folder
    return errands[name] ?? []
  }
}

extension FolderSettings {
  /// What is to be done in the folder once a file is delivered.
  var errands: [DeliveryMachine.ErrandRule] {
    var rules: [DeliveryMachine.ErrandRule] = []
    if receipt != nil { rules.append(DeliveryMachine.ErrandRule(kind: .receipt)) }
    switch afterUpload {
    case .keep: break
    case .move: rules.append(DeliveryMachine.ErrandRule(kind: .dispose))
    case .delete: rules.append(DeliveryMachine.ErrandRule(kind: .dispose, delay: deleteAfter))
    }
    return rules
  }
}
