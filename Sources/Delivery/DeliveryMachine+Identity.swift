import AWSClients
import DeliveryModel

/// Which arrival a delivery is, where the table or the bucket has something under its id.
///
/// The id is made of what the file is, so that a lost journal, a restored one and another host come to the same one. So the
/// table may have a record under it: our own, that of this very arrival, or another arrival's. In the last case the delivery
/// goes on under an id of its own, once and for all.
extension DeliveryMachine {
  /// What the table is asked before a delivery goes on.
  enum Question: Sendable, Equatable {
    /// Whether it has the record of this file.
    case record
    /// The same, by the id that version 1.0.0 gave it.
    case formerRecord
    /// S3 holds an object under its key that no attempt known here made: whose is it?
    case conflict(ServiceFailure)
  }

  /// So many wait in memory to be asked for while DynamoDB is closed, so that one of them can be its probe.
  static let keptQuestions = 64

  /// Whether files that are to be asked for are left to the journal: enough of them wait.
  var hasEnoughQuestions: Bool { dynamodb.opening != nil && waitingQuestions >= Self.keptQuestions }

  private var waitingQuestions: Int {
    active.values.count { entry in
      if case .questionReady = entry.stage { entry.delivery.state == .pending } else { false }
    }
  }

  /// Asks first where that is wanted. Returns whether it did.
  mutating func asksFirst(_ number: Int64) -> Bool {
    guard let entry = active[number], let identity = entry.identity, !entry.delivery.wasAsked,
      identity.isInKey || lookups.wants(entry.folder)
    else { return false }
    ask(number, .record)
    return true
  }

  mutating func askForRecord(_ number: Int64, _ conflict: ServiceFailure) {
    ask(number, .conflict(conflict))
  }

  private mutating func ask(_ number: Int64, _ question: Question) {
    leaveLine(number)
    change(number) {
      $0.stage = .questionReady(question)
      $0.renewRequest()
    }
    line(up: number)
  }

  /// Takes in the record under this delivery's key; nil where the table has none, or shows none.
  mutating func questionAnswered(
    _ number: Int64, _ result: Result<StoredRecord?, ServiceFailure>, at moment: Moment
  ) {
    switch result {
    case .success(let record):
      laneSucceeded(.dynamodb, number, active[number]?.retry, at: moment)
      guard let entry = active[number], case .asking(let question) = entry.stage else { return }
      let standing = record.map { RecordStanding(of: $0, for: entry.delivery, offset: moment.serviceOffset) }
      switch (question, standing) {
      case (.conflict(let conflict), _): resolve(conflict, record, standing, entry, at: moment)
      case (_, .ours?), (_, .known?): if let record { takeKnown(record, entry, question, at: moment) }
      case (.record, nil) where entry.identity?.former != nil: ask(number, .formerRecord)
      case (.record, .another?), (.record, .foreign?): goOn(number, under: entry.identity?.own)
      case (.record, nil), (.formerRecord, _): missed(entry, at: moment)
      }
    case .failure(let failure):
      guard laneFailed(failure, for: number, at: moment) else { return }
      if case .asking(let question)? = active[number]?.stage { change(number) { $0.stage = .questionReady(question) } }
      again(number, failure, at: moment)
    }
  }

  /// An object that no attempt known here made stands under the key, which has the id.
  private mutating func resolve(
    _ conflict: ServiceFailure, _ record: StoredRecord?, _ standing: RecordStanding?, _ entry: ActiveDelivery,
    at moment: Moment
  ) {
    let number = entry.delivery.number
    if let record, standing == .ours || standing == .known {
      return saveReceipt(number, ObjectAcknowledgement(record), at: moment)
    }
    guard let own = entry.identity?.own else { return park(number, conflict, at: moment) }
    abortMultipart(entry.delivery)
    if entry.delivery.multipart != nil { emit(.commit(.multipartForgotten(number: number))) }
    change(number) {
      $0.delivery.multipart = nil
      $0.multipart = nil
    }
    goOn(number, under: own)
  }

  /// The table has no record of it, as far as is known: it is sent.
  private mutating func missed(_ entry: ActiveDelivery, at moment: Moment) {
    let number = entry.delivery.number
    if entry.delivery.file.discovery == .firstScan { lookups.answered(entry.folder, isKnown: false) }
    change(number) {
      $0.delivery.wasAsked = true
      $0.renewRequest()
    }
    emit(.commit(.asked(number: number)))
    beginUpload(number, at: moment)
  }

  /// It is recorded already, and nothing is sent. But a file that is then deleted here is sent once more, under the same
  /// record.
  private mutating func takeKnown(
    _ record: StoredRecord, _ entry: ActiveDelivery, _ question: Question, at moment: Moment
  ) {
    let number = entry.delivery.number
    let key =
      question == .formerRecord
      ? entry.identity?.former : entry.delivery.prepared.map { RecordKey(id: $0.id, objectKey: $0.objectKey) }
    guard var prepared = entry.delivery.prepared, let key else { return }
    if entry.delivery.file.discovery == .firstScan { lookups.answered(entry.folder, isKnown: true) }
    if settings.deletes(entry.delivery.file) { return goOn(number, under: key) }
    (prepared.id, prepared.objectKey) = (key.id, key.objectKey)
    if !record["bucket"].isEmpty { prepared.bucket = record["bucket"] }
    abortMultipart(entry.delivery)
    let object = ObjectAcknowledgement(record)
    let receipt = UploadReceipt(
      etag: object.etag, versionID: object.versionID,
      uploaded: Timestamp(iso8601: record["uploaded_at"]) ?? moment.wall)
    alone[number] = nil
    let item = settings.keepsLedger ? RecordedItem(attributes: record.attributes, isEarlier: true) : nil
    close(number, with: .known(number: number, prepared, receipt, at: moment.wall, item: item))
    emitDisposal(of: number, beside: entry.delivery.file, at: moment)
    emit(.note(.known(number)))
  }

  /// Goes on under another id, once that is durable.
  mutating func goOn(_ number: Int64, under key: RecordKey?) {
    guard let key, let entry = active[number] else { return }
    change(number) { $0.stage = .renaming }
    let objectKey =
      entry.delivery.state == .pending ? key.objectKey : entry.delivery.prepared?.objectKey ?? key.objectKey
    emit(.commit(.identified(number: number, key.id, objectKey: objectKey)))
  }

  /// The other id is durable.
  mutating func renamed(_ number: Int64, _ id: DeliveryID, _ objectKey: String, at moment: Moment) {
    guard active[number]?.stage == .renaming else { return }
    change(number) {
      $0.delivery.prepared?.id = id
      $0.delivery.prepared?.objectKey = objectKey
      $0.delivery.wasAsked = true
      $0.identity = nil
      $0.mayBeThere = false
      $0.renewRequest()
    }
    if active[number]?.delivery.state == .uploaded {
      change(number) { $0.stage = .recordReady }
      line(up: number)
    } else {
      beginUpload(number, at: moment)
    }
  }

  /// DynamoDB has a record under the delivery's key. Returns whether it is this delivery's; else that goes on under its own id.
  mutating func isRecord(_ record: StoredRecord, of delivery: Delivery, at moment: Moment) -> Bool {
    let standing = RecordStanding(of: record, for: delivery, offset: moment.serviceOffset)
    guard standing == .another || standing == .foreign else { return true }
    guard let own = delivery.ownID, own != delivery.prepared?.id else {
      // Nobody else can come to this id: what stands there was put there, and proves no record of ours.
      park(
        delivery.number, code: "record-conflict",
        reason: "DynamoDB already holds another record under this object key and delivery id; nothing was changed",
        at: moment)
      return false
    }
    goOn(delivery.number, under: RecordKey(id: own, objectKey: delivery.prepared?.objectKey ?? ""))
    return false
  }
}

extension DeliveryMachine {
  /// What the custody ledger has of a record that was there already: it may be older than this log, whose entry of it then
  /// says so.
  func entry(_ record: StoredRecord, of delivery: Delivery, at moment: Moment) -> RecordedItem {
    let standing = RecordStanding(of: record, for: delivery, offset: moment.serviceOffset)
    return RecordedItem(attributes: record.attributes, isEarlier: standing == .known)
  }
}

extension ObjectAcknowledgement {
  /// The object that a record names.
  fileprivate init(_ record: StoredRecord) {
    let version = record["version_id"]
    self.init(etag: record["etag"], versionID: version.isEmpty ? nil : version)
  }
}
