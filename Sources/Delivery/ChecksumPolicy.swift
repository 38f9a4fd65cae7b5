import AWSClients
import ConfiguredClients
package import DaemonConfiguration
import DeliveryModel

/// What uploads in parts are verified by at the endpoint and bucket of the configuration. A pure value.
///
/// AWS keeps a CRC-64/NVME of every object. Whether another server does is found out by the first upload in parts, and
/// kept in the journal; one that does not has the same file once more, verified by SHA-256.
package struct ChecksumPolicy: Sendable, Equatable {
  package var setting = UploadChecksum.sha256
  /// Endpoint and bucket.
  var place = ""
  /// The endpoint is AWS's own.
  package var isAmazons = false
  /// The last one, perhaps of another place.
  private(set) var finding: ChecksumFinding?

  /// What an upload that begins now is verified by.
  var algorithm: ChecksumAlgorithm {
    switch setting {
    case .sha256: .sha256
    case .crc64nvme: .crc64nvme
    case .auto: isAmazons || keepsCRC64 != false ? .crc64nvme : .sha256
    }
  }

  /// Whether the server is certain to verify a CRC-64/NVME, so that no other proof is needed.
  var isCertain: Bool { algorithm == .crc64nvme && (setting == .crc64nvme || isAmazons || keepsCRC64 == true) }

  /// Whether an upload that is verified by CRC-64/NVME shows what the server keeps.
  var isOnTrial: Bool { setting == .auto && !isAmazons && keepsCRC64 == nil }

  /// Whether an upload may go on with SHA-256 where the server shows that it knows nothing else.
  var mayFallBack: Bool { setting == .auto && !isAmazons }

  /// Whether a part that is sent from the memory it was hashed in is signed over its SHA-256 all the same.
  var signsBodies: Bool { !isCertain || here?.signsBodies == true }

  /// What was found out about this place; nil for nothing.
  private var here: ChecksumFinding? { finding?.place == place ? finding : nil }

  private var keepsCRC64: Bool? { here?.keepsCRC64 }

  /// Takes in what was found out; nil where that was known.
  mutating func found(keepsCRC64: Bool) -> ChecksumFinding? {
    replace(ChecksumFinding(place: place, keepsCRC64: keepsCRC64, signsBodies: here?.signsBodies ?? false))
  }

  /// The same part was refused unsigned and taken signed; nil where that was known.
  mutating func foundUnsignedRefused() -> ChecksumFinding? {
    replace(ChecksumFinding(place: place, keepsCRC64: keepsCRC64 ?? true, signsBodies: true))
  }

  private mutating func replace(_ new: ChecksumFinding) -> ChecksumFinding? {
    guard finding != new else { return nil }
    finding = new
    return new
  }

  /// Takes over what was found out before, by an earlier run or under other settings.
  mutating func recall(_ finding: ChecksumFinding?) { self.finding = finding }
}

extension Configuration {
  /// What uploads in parts are verified by, before anything was found out about the server.
  package var checksums: ChecksumPolicy {
    let client = makeS3Client()
    return ChecksumPolicy(setting: upload.checksum, place: client.place, isAmazons: client.isAmazons)
  }
}

/// Finding out whether the server keeps a CRC-64/NVME, by the first upload in parts that goes there. A file whose upload
/// shows that it does not is begun anew in the same attempt, verified by SHA-256, and is none the worse for it.
extension DeliveryMachine {
  /// Whether the server refused to begin an upload that names this checksum, and may take one that does not.
  mutating func isRefusedForChecksum(_ number: Int64, _ failure: ServiceFailure) -> Bool {
    guard checksums.isOnTrial, active[number]?.checksum == .crc64nvme, Self.refusals.contains(failure.code) else {
      return false
    }
    found(keepsCRC64: false)
    return true
  }

  /// What servers say to a header that they do not know.
  private static let refusals: Set = [
    "InvalidRequest", "InvalidArgument", "NotImplemented", "MalformedXML", "MissingContentLength", "http-400",
    "http-501",
  ]

  /// The parts that were sent are worth nothing: the upload is ended and another one begun. Returns whether it was.
  mutating func beginWithoutChecksum(_ number: Int64, _ failure: ServiceFailure) -> Bool {
    guard failure.code == ServiceFailure.checksumNotKept, checksums.mayFallBack, let entry = active[number] else {
      return false
    }
    found(keepsCRC64: false)
    // Its parts have no other checksum, and are read again.
    if entry.ahead?.isSaving == false { return false }
    if entry.partDigests.contains(PartDigests.unknown) { return false }
    abortMultipart(entry.delivery)
    change(number) {
      $0.delivery.multipart = nil
      $0.multipart = nil
      $0.renewRequest()
    }
    emit(.commit(.multipartForgotten(number: number)))
    line(up: number, first: true)
    return true
  }

  /// The last request of an upload shows whether the whole object's is kept, too.
  mutating func learn(from object: ObjectAcknowledgement, of number: Int64) {
    guard checksums.isOnTrial, active[number]?.delivery.multipart?.checksum == .crc64nvme else { return }
    found(keepsCRC64: object.crc64 != nil)
  }

  /// The server takes the parts, and not the list of them with their checksums.
  mutating func learn(fromRefusedCompletion failure: ServiceFailure, of number: Int64) {
    guard checksums.isOnTrial, active[number]?.delivery.multipart?.checksum == .crc64nvme,
      Self.refusals.contains(failure.code)
    else { return }
    found(keepsCRC64: false)
  }

  /// A bucket's policy may refuse what is not signed over its content, in the words of any other refusal: the part is sent
  /// once more so, from the same memory, before anything is concluded. Returns whether it is.
  mutating func signs(_ number: Int64, part: Int, _ failure: ServiceFailure, at moment: Moment) -> Bool {
    guard failure.code == "AccessDenied", let entry = active[number], part <= entry.partDigests.count,
      entry.partDigests[part - 1] == PartDigests.unknown, entry.multipart?.signed.contains(part) == false
    else { return false }
    change(.s3) { $0.ended(number, now: moment.now) }
    active[number]?.multipart?.sign(part)
    return true
  }

  /// A part was taken signed that was refused unsigned.
  mutating func learnToSign() { note(checksums.foundUnsignedRefused()) }

  private mutating func found(keepsCRC64: Bool) { note(checksums.found(keepsCRC64: keepsCRC64)) }

  private mutating func note(_ finding: ChecksumFinding?) {
    guard let finding else { return }
    emit(.commit(.checksumFound(finding)))
    emit(.note(.checksumFound(finding)))
  }
}
