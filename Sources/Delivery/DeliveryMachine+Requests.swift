import AWSClients
import DeliveryModel

extension DeliveryMachine {
  /// Starts what the lanes have room for. Called once after each batch of events.
  mutating func pump(now: Instant) {
    resumeComparisons(now: now)
    guard canSign else { return }
    if !resting.isEmpty { wake(now: now) }
    startRecords(now: now)
    startUploads(now: now)
  }

  private mutating func startRecords(now: Instant) {
    while let number = records.popFirst(admittedBy: dynamodb, active, now: now) {
      guard let entry = active[number] else { continue }
      switch entry.stage {
      case .recordReady:
        change(number) { $0.stage = .recording }
        emit(.putRecord(number))
      case .questionReady(let question):
        guard let key = entry.key(of: question) else { continue }
        change(number) { $0.stage = .asking(question) }
        emit(.askForRecord(number, key))
      default: continue
      }
      dynamodb.started(number, of: entry.path, now: now)
    }
  }

  private mutating func startUploads(now: Instant) {
    while let number = nextUpload(now: now) {
      guard let entry = active[number], start(entry) else { continue }
      let size = entry.partSize == nil ? entry.delivery.file.identity.size : .max
      s3.started(number, of: entry.path, size: size, now: now)
    }
  }

  /// Small files and uploads in parts take turns. A quarter of the lane is for small files alone: a part can take long.
  private mutating func nextUpload(now: Instant) -> Int64? {
    let mayStartPart = s3.opening != nil || multipartRequests < s3.multipartLimit
    if mayStartPart, isMultipartTurn || uploads.isEmpty,
      let number = multiparts.popFirst(admittedBy: s3, active, now: now)
    {
      isMultipartTurn = false
      return number
    }
    isMultipartTurn = true
    if let number = uploads.popFirst(admittedBy: s3, active, now: now) { return number }
    return mayStartPart ? multiparts.popFirst(admittedBy: s3, active, now: now) : nil
  }

  /// Returns whether there was a request to start.
  private mutating func start(_ entry: ActiveDelivery) -> Bool {
    let number = entry.delivery.number
    guard entry.stage == .uploadReady || entry.stage == .multipart else { return false }
    guard (entry.delivery.prepared?.bucket ?? entry.ahead?.target.bucket) == settings.bucket else {
      if entry.isIdle { release(number) }
      return false
    }
    if entry.stage == .multipart { return startMultipartRequest(number) }
    change(number) { $0.stage = .uploading }
    emit(.putObject(number))
    return true
  }

  /// Takes in what an answer was judged to be.
  mutating func take(_ judged: RequestBuilder.Judged, for number: Int64, at moment: Moment) {
    switch judged {
    case .object(let result): objectAnswered(number, result, at: moment)
    case .created(let result): multipartCreated(number, result, at: moment)
    case .part(let part, let result): partAnswered(number, part: part, result, at: moment)
    case .completed(let result): multipartCompleted(number, result, at: moment)
    case .record(let result, let item): recordAnswered(number, result, item: item, at: moment)
    case .recordFound(let result): questionAnswered(number, result, at: moment)
    case .aborted: break
    }
  }

  /// Takes in S3's answer to the one request of a small file.
  mutating func objectAnswered(
    _ number: Int64, _ result: Result<ObjectAcknowledgement, ServiceFailure>, at moment: Moment
  ) {
    switch result {
    case .success(let object):
      laneSucceeded(
        .s3, number, active[number]?.retry, size: active[number]?.delivery.file.identity.size ?? .max, at: moment)
      saveReceipt(number, object, at: moment)
    case .failure(let failure):
      guard laneFailed(failure, for: number, at: moment) else { return }
      if failure.code == "key-conflict" { return askForRecord(number, failure) }
      change(number) { $0.stage = .uploadReady }
      again(number, failure, at: moment)
    }
  }

  mutating func saveReceipt(_ number: Int64, _ object: ObjectAcknowledgement, at moment: Moment) {
    guard active[number] != nil else { return }
    leaveLine(number)
    alone[number] = nil
    change(number) { $0.stage = .savingReceipt }
    change(number) { $0.renewRequest() }
    // By the services' clock: the day by which a record is found must not be that of a clock that is wrong.
    let uploaded = moment.wall + moment.serviceOffset
    let receipt = UploadReceipt(etag: object.etag, versionID: object.versionID, uploaded: uploaded, crc64: object.crc64)
    emit(.commit(.uploaded(number: number, receipt)))
    emit(.releaseContent(number))
  }

  /// Takes in DynamoDB's answer.
  ///
  /// `item` is the record that was sent, where the custody ledger wants it.
  mutating func recordAnswered(
    _ number: Int64, _ result: Result<RecordReceipt, ServiceFailure>, item: RecordedItem? = nil, at moment: Moment
  ) {
    switch result {
    case .success(let record):
      laneSucceeded(.dynamodb, number, active[number]?.retry, at: moment)
      alone[number] = nil
      guard let delivery = active[number]?.delivery else { return }
      var item = item
      if case .found(let there) = record {
        guard isRecord(there, of: delivery, at: moment) else { return }
        item = settings.keepsLedger ? entry(there, of: delivery, at: moment) : nil
      }
      change(number) { $0.stage = .closing }
      let found = record != .written
      emit(.commit(.logged(number: number, at: moment.wall, alreadyRecorded: found, item: item)))
      emitErrands(for: delivery, at: moment)
    case .failure(let failure):
      guard laneFailed(failure, for: number, at: moment) else { return }
      change(number) { $0.stage = .recordReady }
      again(number, failure, at: moment)
    }
  }

  /// Sends the request again, at once where it was mended, in a moment where that may help; else ends the attempt.
  mutating func again(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    if repair(number, failure) {
      line(up: number, first: true)
    } else if !rest(number, failure, at: moment) {
      giveUp(number, failure, at: moment)
    }
  }
}

/// S3 has the object.
struct ObjectAcknowledgement: Sendable, Equatable {
  var etag: String
  var versionID: String?
  /// Of the whole object, where S3 said that it keeps it.
  var crc64: CRC64Checksum?
}
