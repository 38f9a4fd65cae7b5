import AWSSigning
import Cryptography
import DeliveryModel

extension DeliveryMachine {
  /// Takes in what reading the file gave.
  mutating func hashed(_ number: Int64, _ outcome: HashOutcome, at moment: Moment) {
    if number < 0 { return compared(-number, outcome, at: moment) }
    guard let entry = active[number], entry.isBeingRead else { return emit(.releaseContent(number)) }
    if entry.ahead != nil { return aheadHashed(number, outcome, at: moment) }
    if rereads(number, outcome) { return }
    switch outcome {
    case .hashed(let digest): take(digest, for: entry, at: moment)
    case .gone:
      withdraw(entry, reason: Self.removed, at: moment)
    case .changed, .touched:
      withdraw(entry, reason: "the file changed before it was uploaded; its new state is a new delivery", at: moment)
      emit(.note(.torn(number)))
      emit(.resettle(entry.delivery.file))
    case .tooLarge(let reason): park(number, code: "too-large", reason: reason, at: moment)
    case .unnameable(let reason): park(number, code: "object-key", reason: reason, at: moment)
    case .away: folderIsAway(entry.folder, until: moment.now + Self.awayPause)
    case .unreadable(let code, let reason):
      emit(.commit(.attemptBegan(number: number, at: moment.wall)))
      closeFailed(number, .unreadableFile(code: code, reason: reason), isProbe: false, at: moment)
    }
  }

  /// A file that S3 received otherwise is read again: one that changed is torn, which is no failure; one that did not
  /// waits before it is sent anew.
  private mutating func take(_ digest: FileDigest, for entry: ActiveDelivery, at moment: Moment) {
    let number = entry.delivery.number
    if digest.prepared.bucket != settings.bucket {
      emit(.releaseContent(number))
      emit(.hash(entry.delivery))
    } else if case .rereading(let failure) = entry.stage, digest.prepared.sha256 == entry.delivery.prepared?.sha256 {
      closeFailed(number, failure, isProbe: false, at: moment)
    } else {
      accept(digest, for: entry, at: moment)
    }
  }

  private mutating func accept(_ digest: FileDigest, for entry: ActiveDelivery, at moment: Moment) {
    let number = entry.delivery.number
    if let state = digest.state { take(state, of: entry) }
    if let previous = entry.delivery.previous, !previous.isGone, digest.prepared.sha256 == previous.sha256 {
      abortMultipart(entry.delivery)
      let identity = digest.state ?? entry.delivery.file.identity
      close(number, with: .unchanged(number: number, of: previous.number, identity: identity, at: moment.wall))
      if previous.isRecorded { emitDisposal(of: previous.number, beside: entry.delivery.file, at: moment) }
      return emit(.note(.unchanged(number)))
    }
    if digest.verdict?.isRejected == true { return refuse(digest, entry, at: moment) }
    // Parts belong to one key of one bucket, and to a file that goes in parts: the threshold may be another by now.
    if let begun = entry.delivery.multipart,
      digest.partSize == nil || !begun.isOf(digest.prepared, entry.delivery.prepared)
        || begun.checksum == .crc64nvme && digest.partCRC64.isEmpty
    {
      abortMultipart(entry.delivery)
      active[number]?.delivery.multipart = nil
      emit(.commit(.multipartForgotten(number: number)))
    }
    if !digest.canSign(but: active[number]?.delivery.multipart?.parts) { return readAnew(entry) }
    keep(digest, of: entry)
    if entry.delivery.prepared != digest.prepared { emit(.commit(.prepared(number: number, digest.prepared))) }
    change(number) {
      $0.delivery.prepared = digest.prepared
      $0.partDigests = digest.partDigests
      $0.partCRC64 = digest.partCRC64
      $0.md5 = digest.md5
      $0.partSize = digest.partSize
      $0.identity = digest.identity
      $0.stage = .preparing
    }
    emit(.commit(.attemptBegan(number: number, at: moment.wall)))
    if let verdict = digest.verdict, verdict != entry.delivery.verdict {
      active[number]?.delivery.verdict = verdict
      emit(.commit(.judged(number: number, verdict)))
    }
  }

  /// Parts that S3 took by their CRC-64/NVME alone have to be sent again: they need a digest of their own to be signed.
  private mutating func readAnew(_ entry: ActiveDelivery) {
    var delivery = active[entry.delivery.number]?.delivery ?? entry.delivery
    delivery.isReadAnew = true
    emit(.releaseContent(entry.delivery.number))
    emit(.hash(delivery))
  }

  /// Makes the digests of a large file durable, before what they belong to: they are of use with that alone.
  mutating func keep(_ digest: FileDigest, of entry: ActiveDelivery) {
    guard let whole = digest.prepared.sha256,
      digest.partSize != nil || !digest.md5.isEmpty && entry.delivery.file.identity.size > FileReading.inMemoryLimit
    else { return }
    let digests = PartDigests(
      whole: whole, partSize: digest.partSize ?? 0, parts: digest.partDigests, md5: digest.md5.map(\.bytes),
      crc64: digest.partCRC64)
    guard entry.delivery.digests != digests else { return }
    change(entry.delivery.number) { $0.delivery.digests = digests }
    emit(.commit(.digested(number: entry.delivery.number, digests)))
  }

  /// Its file was seen gone: what stands there now is another arrival's.
  mutating func withdrawGone(_ entry: ActiveDelivery, at moment: Moment) {
    withdraw(entry, reason: Self.removed, at: moment)
  }

  private static let removed = "the file was removed before it was uploaded"

  private mutating func withdraw(_ entry: ActiveDelivery, reason: String, at moment: Moment) {
    let number = entry.delivery.number
    abortMultipart(entry.delivery)
    close(number, with: .withdrawn(number: number, reason: reason, at: moment.wall))
    emit(.note(.withdrawn(number, reason: reason)))
  }

  /// Best effort: the bucket's lifecycle rule clears what stays.
  mutating func abortMultipart(_ delivery: Delivery) {
    guard let multipart = delivery.multipart,
      (delivery.prepared?.bucket ?? multipart.target?.bucket) == settings.bucket
    else { return }
    emit(.abortMultipart(delivery.number, uploadID: multipart.uploadID))
  }
}

extension ServiceFailure {
  /// The file could not be read: nothing was asked of any service, the delivery waits on the S3 side.
  static func unreadableFile(code: String, reason: String) -> ServiceFailure {
    ServiceFailure(lane: .s3, failureClass: .retry, code: code, message: reason)
  }
}

extension MultipartProgress {
  /// Whether the upload makes the object that was prepared now; `before`: what it was begun for, where that was known.
  fileprivate func isOf(_ prepared: PreparedDelivery, _ before: PreparedDelivery?) -> Bool {
    before.map { $0 == prepared } ?? target?.isOf(prepared) ?? false
  }
}

extension FileDigest {
  /// Whether every part that S3 has not acknowledged can be signed.
  fileprivate func canSign(but acknowledged: [Int: UploadedPart]?) -> Bool {
    let known = acknowledged.map { Array($0.keys) } ?? []
    return !partDigests.contains(PartDigests.unknown)
      || PartDigests(whole: PartDigests.unknown, partSize: 0, parts: partDigests).canSign(but: known)
  }
}
