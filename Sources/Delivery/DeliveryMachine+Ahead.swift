import AWSClients
import DeliveryModel

/// An upload that begins before its file is read to the end.
struct AheadRun: Sendable, Equatable {
  let target: UploadTarget
  /// What reading gave, while it cannot be taken in: a request of it is under way.
  var outcome: HashOutcome?
  /// The digest of the whole is on its way into the journal.
  var isSaving = false
}

/// Hash ahead, send behind. Parts go as they are read; the whole becomes visible only once the digest of all of it is in the
/// journal and the file was found to be the very same. What goes wrong before makes it a file that is hashed first.
extension DeliveryMachine {
  /// Takes in a part that was read: to be sent, or to be let go of.
  mutating func partRead(_ read: ReadPart, at moment: Moment) {
    let (number, part) = (read.delivery, read.part)
    if let begins = read.begins, !beginAhead(number, begins, at: moment) { return emit(.letGoOfReading(number)) }
    guard let entry = active[number], entry.ahead?.outcome == nil, let ahead = entry.ahead, !ahead.isSaving else {
      return emit(.letGoOfReading(number))
    }
    change(number) {
      $0.partDigests.append(read.checksums.sha256 ?? PartDigests.unknown)
      if let crc64 = read.checksums.crc64 { $0.partCRC64.append(crc64) }
    }
    guard let now = active[number], now.multipart != nil else { return line(up: number) }
    let known = now.delivery.multipart?.parts[part]?.checksum
    let isKnown = known != nil && known == now.checksums(of: now.delivery.multipart?.checksum ?? .sha256).last
    change(number) { $0.multipart?.read(part, isAcknowledged: isKnown) }
    if isKnown { emit(.releasePart(number, part: part)) }
    line(up: number)
  }

  /// Whether it begins: not where only probes are sent, or for another bucket.
  private mutating func beginAhead(_ number: Int64, _ upload: AheadUpload, at moment: Moment) -> Bool {
    guard canSign, let entry = active[number], entry.stage == .hashing, !entry.mustReread,
      upload.target.bucket == settings.bucket, s3.opening == nil, !s3.isClosed(entry.folder)
    else { return false }
    if let begun = entry.delivery.multipart, begun.target != upload.target {
      abortMultipart(entry.delivery)
      change(number) { $0.delivery.multipart = nil }
      emit(.commit(.multipartForgotten(number: number)))
    }
    change(number) {
      $0.ahead = AheadRun(target: upload.target)
      $0.partSize = upload.partSize
      $0.partDigests = []
      $0.partCRC64 = []
      $0.md5 = []
      $0.stage = .preparing
    }
    emit(.commit(.attemptBegan(number: number, at: moment.wall)))
    return true
  }

  /// Takes in what reading the whole file gave, for an upload that has begun.
  mutating func aheadHashed(_ number: Int64, _ outcome: HashOutcome, at moment: Moment) {
    guard let entry = active[number], let ahead = entry.ahead else { return }
    guard case .hashed(let digest) = outcome, fits(digest, entry, ahead) else {
      change(number) {
        $0.ahead?.outcome = outcome
        $0.multipart?.stop()
      }
      return concludeAhead(number, at: moment)
    }
    if let state = digest.state { take(state, of: entry) }
    keep(digest, of: entry)
    emit(.commit(.prepared(number: number, digest.prepared)))
    change(number) {
      $0.partDigests = digest.partDigests
      $0.partCRC64 = digest.partCRC64
      $0.ahead?.isSaving = true
    }
  }

  private func fits(_ digest: FileDigest, _ entry: ActiveDelivery, _ ahead: AheadRun) -> Bool {
    let prepared = digest.prepared
    return !entry.mustReread && digest.verdict == nil && digest.partSize == entry.partSize
      && prepared.bucket == settings.bucket && prepared.sha256 != entry.delivery.previous?.sha256
      && ahead.target.isOf(prepared)
  }

  /// The digest of the whole is durable: nothing keeps the object from becoming visible.
  mutating func aheadSaved(_ number: Int64, _ prepared: PreparedDelivery, at moment: Moment) {
    guard active[number]?.delivery.prepared == nil else { return }
    change(number) {
      $0.delivery.prepared = prepared
      $0.ahead = nil
    }
    // Its upload may not have begun, and no request of it be in line.
    if active[number]?.multipart == nil, active[number]?.isCreatingUpload == false { line(up: number) }
    continueMultipart(number, at: moment)
  }

  /// Takes in an outcome that waited for the requests under way.
  mutating func concludeAhead(_ number: Int64, at moment: Moment) {
    guard let entry = active[number], let ahead = entry.ahead, let outcome = ahead.outcome, entry.hasNothingUnderWay
    else { return }
    setAside(number)
    hashed(number, outcome, at: moment)
  }

  /// The upload does not go on for now: the file is read to its end, and is one that was hashed first.
  mutating func fallBack(_ number: Int64, _ failure: ServiceFailure, at moment: Moment) {
    let outcome = active[number]?.ahead?.outcome
    judge(number, failure, at: moment)
    setAside(number)
    if let outcome { hashed(number, outcome, at: moment) }
  }

  /// Lets go of an upload that has begun, and waits for what reading gives.
  mutating func setAside(_ number: Int64) {
    resting.removeAll { $0.number == number }
    leaveLine(number)
    change(number) {
      $0.ahead = nil
      $0.multipart = nil
      $0.stage = .hashing
      $0.renewRequest()
    }
    emit(.letGoOfReading(number))
  }

  /// Its folder is not there any more, or does not answer: it goes back to the journal once nothing of it is under way.
  mutating func leaveReading(_ number: Int64) {
    guard active[number]?.hasNothingUnderWay != false else {
      return change(number) {
        $0.ahead?.outcome = .away(reason: "its folder is left alone")
        $0.multipart?.stop()
      }
    }
    setAside(number)
    release(number)
  }
}

extension CircuitBreaker.Scope {
  /// Whether the folder is in it.
  func holds(_ folder: String) -> Bool {
    switch self {
    case .service: true
    case .folder(let own): own == folder
    }
  }
}
