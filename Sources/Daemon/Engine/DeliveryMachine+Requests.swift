import DeliveryModel
import DequeModule

extension DeliveryMachine {
  /// Starts what the lanes have room for. Called once after each batch of events.
  mutating func pump(now: Instant) {
    guard canSign else { return }
    startRecords(now: now)
    startUploads(now: now)
  }

  private mutating func startRecords(now: Instant) {
    var room = dynamodb.room(now: now)
    while room > 0, let number = records.popFirst() {
      guard active[number]?.stage == .recordReady else { continue }
      active[number]?.stage = .recording
      dynamodb.started()
      room -= 1
      emit(.putRecord(number))
    }
  }

  private mutating func startUploads(now: Instant) {
    var room = s3.room(now: now)
    while room > 0, let number = uploads.popFirst() {
      guard let stage = active[number]?.stage else { continue }
      switch stage {
      case .uploadReady:
        active[number]?.stage = .uploading
        emit(.putObject(number))
      case .multipart:
        guard startMultipartRequest(number) else { continue }
      case .hashing, .preparing, .uploading, .savingReceipt, .recordReady, .recording, .closing: continue
      }
      s3.started()
      room -= 1
    }
  }

  /// Takes in S3's answer to the one request of a small file.
  mutating func objectAnswered(
    _ number: Int64, _ result: Result<ObjectAcknowledgement, ServiceFailure>, at moment: Moment
  ) {
    switch result {
    case .success(let object):
      laneSucceeded(.s3)
      saveReceipt(number, object, at: moment)
    case .failure(let failure):
      guard laneFailed(failure, for: number, at: moment) else { return }
      if repair(number, failure) {
        active[number]?.stage = .uploadReady
        uploads.prepend(number)
      } else {
        giveUp(number, failure, at: moment)
      }
    }
  }

  mutating func saveReceipt(_ number: Int64, _ object: ObjectAcknowledgement, at moment: Moment) {
    guard active[number] != nil else { return }
    active[number]?.stage = .savingReceipt
    leaveLine(number)
    mismatches[number] = nil
    let receipt = UploadReceipt(etag: object.etag, versionID: object.versionID, uploaded: moment.wall)
    emit(.commit(.uploaded(number: number, receipt)))
    emit(.releaseContent(number))
  }

  /// Takes in DynamoDB's answer.
  mutating func recordAnswered(
    _ number: Int64, _ result: Result<RecordAcknowledgement, ServiceFailure>, at moment: Moment
  ) {
    switch result {
    case .success(let record):
      laneSucceeded(.dynamodb)
      guard active[number] != nil else { return }
      active[number]?.stage = .closing
      let found = record == .alreadyRecorded
      emit(.commit(.logged(number: number, at: moment.wall, alreadyRecorded: found)))
    case .failure(let failure):
      guard laneFailed(failure, for: number, at: moment) else { return }
      if repair(number, failure) {
        active[number]?.stage = .recordReady
        records.prepend(number)
      } else {
        giveUp(number, failure, at: moment)
      }
    }
  }

  // MARK: Failures

  mutating func laneSucceeded(_ service: ServiceLane) {
    let reopened = service == .dynamodb ? dynamodb.succeeded() : s3.succeeded()
    if reopened { emit(.note(.laneOpened(service))) }
  }

  /// Tells the lane; returns whether the delivery is still held.
  mutating func laneFailed(_ failure: ServiceFailure, for number: Int64, at moment: Moment) -> Bool {
    let repairable = failure.isRepairable && active[number]?.repaired == true
    let judged = repairable ? failure.asBlocked : failure
    let began =
      failure.lane == .dynamodb
      ? dynamodb.failed(judged, at: moment.wall, now: moment.now, random: moment.random)
      : s3.failed(judged, at: moment.wall, now: moment.now, random: moment.random)
    if began {
      emit(.note(.lanePaused(failure.lane == .dynamodb ? dynamodb : s3)))
      letGo(of: failure.lane)
    }
    return active[number] != nil
  }

  /// Mends what one retry can mend: expired credentials, a wrong clock. At most once an attempt.
  mutating func repair(_ number: Int64, _ failure: ServiceFailure) -> Bool {
    guard failure.isRepairable, active[number]?.repaired == false else { return false }
    active[number]?.repaired = true
    if let offset = failure.clockOffset {
      emit(.adjustClock(offset))
    } else {
      emit(.refreshCredentials)
    }
    return true
  }

  /// Ends the attempt as its failure demands.
  mutating func giveUp(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    switch failure.failureClass {
    case .item: park(number, code: failure.code, reason: failure.message, at: moment)
    case .rehash:
      let count = mismatches[number, default: 0] + 1
      mismatches[number] = count
      guard count < Self.mismatchLimit else {
        return park(number, code: failure.code, reason: failure.message, at: moment)
      }
      closeFailed(number, failure, at: moment)
    case .restartUpload:
      active[number]?.delivery.multipart = nil
      emit(.commit(.multipartForgotten(number: number)))
      closeFailed(number, failure, at: moment)
    case .retry, .throttle, .blocked, .skew, .refresh: closeFailed(number, failure, at: moment)
    }
  }

  /// How often the bytes may differ from what was hashed, the file being the same, before somebody has to look.
  static let mismatchLimit = 3

  mutating func park(_ number: Int64, code: String, reason: String, at moment: Moment) {
    mismatches[number] = nil
    close(number, with: .parked(number: number, code: code, reason: reason, at: moment.wall))
    emit(.note(.parked(number, reason: reason)))
  }

  /// Returns the delivery to the journal, due after its backoff; behind a paused lane, with the lane's next probe.
  /// What asked nothing of the lane is no probe of it, and waits its own time.
  mutating func closeFailed(
    _ number: Int64, _ failure: ServiceFailure, isProbe: Bool = true, at moment: Moment
  ) {
    let lane = failure.lane == .dynamodb ? dynamodb : s3
    let attempts = active[number]?.delivery.attempts ?? 1
    let delay =
      lane.isPaused && isProbe
      ? .zero
      : settings.retry.delay(
        afterFailures: max(attempts, 1), random: moment.random, retryAfter: failure.retryAfter)
    let next = moment.wall + delay
    close(number, with: .failed(number: number, failure, at: moment.wall, nextAttempt: next))
    emit(.note(.attemptFailed(number, failure, nextAttempt: next)))
  }
}

/// S3 has the object.
struct ObjectAcknowledgement: Sendable, Equatable {
  var etag: String
  var versionID: String?
}

/// DynamoDB has the record.
enum RecordAcknowledgement: Sendable, Equatable {
  case written
  case alreadyRecorded
}

extension ServiceFailure {
  /// Whether one retry after refreshing the credentials or correcting the clock may help.
  var isRepairable: Bool {
    failureClass == .refresh || failureClass == .skew
  }

  /// What a repairable failure is once the repair did not help.
  var asBlocked: ServiceFailure {
    var copy = self
    copy.failureClass = .blocked
    return copy
  }
}
