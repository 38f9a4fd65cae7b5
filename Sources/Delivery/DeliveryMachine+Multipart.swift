import AWSClients
import DeliveryModel

extension DeliveryMachine {
  /// Picks up a multipart upload that the journal knows; without one, the first request creates it.
  mutating func resumeMultipart(_ number: Int64) {
    guard let entry = active[number], let progress = entry.delivery.multipart else { return }
    let size = entry.delivery.file.identity.size
    guard let plan = MultipartPlan(size: size, resumingWithPartSize: progress.partSize) else { return }
    active[number]?.multipart = MultipartRun(
      plan: plan, acknowledged: progress.parts, digests: entry.checksums(of: progress.checksum),
      isAhead: entry.ahead != nil)
  }

  /// Emits the next request of a multipart upload. Returns whether there was one to start.
  mutating func startMultipartRequest(_ number: Int64) -> Bool {
    guard let entry = active[number] else { return false }
    guard var run = entry.multipart else {
      guard !entry.isCreatingUpload, entry.ahead?.outcome == nil else { return false }
      active[number]?.isCreatingUpload = true
      multipartRequests += 1
      active[number]?.checksum = entry.partCRC64.isEmpty ? .sha256 : checksums.algorithm
      emit(.createMultipart(number))
      return true
    }
    if run.inFlight.count < settings.partConcurrency, let part = run.startPart() {
      active[number]?.multipart = run
      if run.inFlight.count < settings.partConcurrency, !run.remaining.isEmpty { line(up: number) }
      multipartRequests += 1
      emit(.uploadPart(number, part: part))
      return true
    }
    guard case .due = run.completion, run.failure == nil else { return false }
    run.startCompleting()
    active[number]?.multipart = run
    multipartRequests += 1
    emit(.completeMultipart(number))
    return true
  }

  /// Takes in S3's answer to the creation.
  mutating func multipartCreated(
    _ number: Int64, _ result: Result<String, ServiceFailure>, at moment: Moment
  ) {
    multipartRequests -= 1
    switch result {
    case .success(let uploadID):
      laneSucceeded(.s3, number, active[number]?.retry, size: .max, at: moment)
      active[number]?.renewRequest()
      guard let entry = active[number], let partSize = entry.partSize else { return }
      // Once the digest of the whole is on its way into the journal, it says what the upload is of.
      let target = entry.ahead?.isSaving == false ? entry.ahead?.target : nil
      emit(
        .commit(
          .multipartBegan(
            number: number, uploadID: uploadID, partSize: partSize, checksum: entry.checksum,
            target: target)))
    case .failure(let failure):
      guard laneFailed(failure, for: number, at: moment) else { return }
      active[number]?.isCreatingUpload = false
      if active[number]?.ahead?.outcome != nil { return concludeAhead(number, at: moment) }
      if isRefusedForChecksum(number, failure) { return line(up: number, first: true) }
      again(number, failure, at: moment)
    }
  }

  /// The upload id is durable: the parts may go.
  mutating func multipartBegan(_ number: Int64, _ progress: MultipartProgress, at moment: Moment) {
    active[number]?.delivery.multipart = progress
    active[number]?.isCreatingUpload = false
    if active[number]?.ahead?.outcome != nil { return concludeAhead(number, at: moment) }
    resumeMultipart(number)
    line(up: number)
  }

  /// Takes in S3's answer to a part.
  mutating func partAnswered(
    _ number: Int64, part: Int, _ result: Result<UploadedPart, ServiceFailure>, at moment: Moment
  ) {
    multipartRequests -= 1
    let retry = active[number]?.multipart?.retry(ofPart: part)
    active[number]?.multipart?.partEnded(part)
    switch result {
    case .success(let acknowledged):
      laneSucceeded(.s3, number, retry, size: active[number]?.partSize ?? .max, at: moment)
      guard active[number] != nil else { return }
      active[number]?.repaired = []
      if active[number]?.multipart?.signed.contains(part) == true { learnToSign() }
      emit(.releasePart(number, part: part))
      emit(.commit(.partUploaded(number: number, part: part, acknowledged)))
    case .failure(let failure):
      if signs(number, part: part, failure, at: moment) { break }
      guard laneFailed(failure, for: number, at: moment) else { return }
      let isEnding = active[number]?.multipart?.failure != nil
      // To send it again as it is would show the same.
      let isUnknown = failure.code == ServiceFailure.checksumNotKept
      if isEnding || isUnknown || !rest(number, part: part, failure, at: moment) {
        active[number]?.multipart?.fail(part, failure)
      }
    }
    continueMultipart(number, at: moment)
  }

  /// A part is durable; once all are, the upload can be completed.
  mutating func partSaved(_ number: Int64, part: Int, _ acknowledged: UploadedPart, at moment: Moment) {
    active[number]?.delivery.multipart?.parts[part] = acknowledged
    active[number]?.delivery.failures = 0
    continueMultipart(number, at: moment)
  }

  mutating func continueMultipart(_ number: Int64, at moment: Moment) {
    guard let entry = active[number], entry.stage == .multipart, let run = entry.multipart else { return }
    if entry.ahead?.outcome != nil { return concludeAhead(number, at: moment) }
    if let failure = run.failure {
      if run.isIdle { endMultipart(number, failure, at: moment) }
    } else if !announceCompletion(number, at: moment) {
      line(up: number)
    }
  }

  private mutating func endMultipart(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    resting.removeAll { $0.number == number }
    leaveLine(number)
    if beginWithoutChecksum(number, failure) { return }
    if repair(number, failure) {
      active[number]?.multipart?.mend()
      line(up: number, first: true)
    } else {
      giveUp(number, failure, at: moment)
    }
  }

  /// Writes down that S3 is about to be asked to join the parts, once all are acknowledged and durable. Returns whether it
  /// did.
  mutating func announceCompletion(_ number: Int64, at moment: Moment) -> Bool {
    guard let entry = active[number], entry.ahead == nil, let run = entry.multipart, run.hasAllParts,
      run.completion == .open,
      run.failure == nil, entry.delivery.multipart?.parts.count == run.plan.partCount
    else { return false }
    active[number]?.multipart?.announceCompletion()
    emit(.commit(.completionBegan(number: number, until: moment.wall + MultipartRun.completionTime)))
    return true
  }

  /// That is durable.
  mutating func completionAnnounced(_ number: Int64, until: Timestamp) {
    guard active[number]?.multipart?.completion == .announced else { return }
    active[number]?.multipart?.completionAnnounced(until: until)
    line(up: number)
  }

  /// A completion that was written down and never sent: nothing need wait for it.
  mutating func takeBackCompletion(_ number: Int64) {
    guard let run = active[number]?.multipart, case .due = run.completion,
      active[number]?.isCompletionUnanswered == false
    else { return }
    emit(.commit(.completionTakenBack(number: number)))
  }

  /// Takes in S3's answer to the completion.
  mutating func multipartCompleted(
    _ number: Int64, _ result: Result<ObjectAcknowledgement, ServiceFailure>, at moment: Moment
  ) {
    multipartRequests -= 1
    let until = active[number]?.multipart?.completionEnded() ?? moment.wall
    switch result {
    case .success(let object):
      laneSucceeded(.s3, number, active[number]?.retry, size: .max, at: moment)
      learn(from: object, of: number)
      saveReceipt(number, object, at: moment)
    case .failure(let failure):
      if failure.isNoAnswer { active[number]?.isCompletionUnanswered = true }
      guard laneFailed(failure, for: number, at: moment) else { return }
      if failure.code == "key-conflict" { return askForRecord(number, failure) }
      learn(fromRefusedCompletion: failure, of: number)
      let isUnanswered = active[number]?.isCompletionUnanswered == true
      if isUnanswered, failure.isGivenUpByUs || failure.failureClass == .restartUpload {
        return waitForCompletion(number, failure, until: until, at: moment)
      }
      // To ask again sends nothing again, whatever the answer was.
      var asked = failure
      if asked.failureClass == .unproven { asked.failureClass = .retry }
      if repair(number, failure) {
        line(up: number, first: true)
      } else if !rest(number, asked, at: moment) {
        if isUnanswered { return waitForCompletion(number, failure, until: until, at: moment) }
        giveUp(number, failure, at: moment)
      }
    }
  }

  /// S3 may still be joining the parts: it is asked again once it must have ended, or when a person orders so. That the
  /// upload is gone is what it says, too, once it has joined them.
  private mutating func waitForCompletion(
    _ number: Int64, _ failure: ServiceFailure, until: Timestamp, at moment: Moment
  ) {
    var waiting = failure.reworded {
      "S3 was asked to join the parts and may still be doing so; it is asked again when it must have ended (\($0))"
    }
    waiting.failureClass = .isolated
    let next = max(until, moment.wall)
    standAlone(number, waiting)
    close(number, with: .failed(number: number, waiting, at: moment.wall, nextAttempt: next))
    emit(.note(.attemptFailed(number, waiting, nextAttempt: next)))
  }
}
