import AWSClients
import AWSSigning
import ConfiguredClients
import Cryptography
import DaemonConfiguration
import Delivery
import DeliveryModel
import HTTPTransport

/// What the server's answers prove of an upload, as `run` finds it out by its first one. Asked with one part of an upload
/// that is never completed, so that no object comes of it.
struct ProofTrial {
  let configuration: Configuration
  let folder: FolderSettings
  let key: String
  let requests: TrialRequests

  private static let bytes = Array("s3loggerd check".utf8)

  /// Nothing where no upload can be begun: that is reported folder by folder.
  func run() async -> [OnlineTrial.Attempt] { await tryAnswers() + tryChecksum() }

  /// Whether files that go in parts are verified by CRC-64/NVME there, as `run` finds it out by the first of them.
  private func tryChecksum() async -> [OnlineTrial.Attempt] {
    let setting = configuration.upload.checksum
    var client = configuration.makeS3Client(answerTimeout: .seconds(30))
    let subject = "what verifies files that go in parts at \(client.place)"
    if setting == .sha256 { return [told(subject, "SHA-256, by [upload] checksum")] }
    let upload = TrialObject(folder: folder, at: requests.now).upload(key: key)
    var signedAt = requests.now
    let begin = client.createMultipartUpload(
      upload, checksum: .crc64nvme, credentials: requests.credentials, at: signedAt)
    let begun = await requests.perform(begin, .s3)
    let id: String
    switch client.judgeCreateMultipartUpload(begun, signedAt: signedAt, now: requests.now) {
    case .success(let made): id = made
    case .failure(let failure): return [verdict(subject, failure)]
    }
    signedAt = requests.now
    let checksum = PartChecksum.crc64nvme(CRC64NVME.checksum(of: Self.bytes))
    let part = client.uploadPart(
      1, of: id, key: key, checksum: checksum, payload: .digest(SHA256.digest(of: Self.bytes)),
      body: .bytes(Self.bytes),
      credentials: requests.credentials, at: signedAt)
    let judged = client.judgeUploadPart(
      await requests.perform(part, .s3), checksum: checksum, signedAt: signedAt, now: requests.now)
    let abort = client.abortMultipartUpload(id, key: key, credentials: requests.credentials, at: requests.now)
    _ = await requests.perform(abort, .s3)
    switch judged {
    case .success:
      let whole = client.isAmazons ? "" : "; the first such file shows whether that of the whole object is kept, too"
      return [told(subject, "CRC-64/NVME\(whole)")]
    case .failure(let failure): return [verdict(subject, failure)]
    }
  }

  private func told(_ subject: String, _ text: String) -> OnlineTrial.Attempt {
    OnlineTrial.Attempt(subject: subject, outcome: .allowed(text))
  }

  /// A server that does not know it has SHA-256 instead, unless the settings demand the other.
  private func verdict(_ subject: String, _ failure: ServiceFailure) -> OnlineTrial.Attempt {
    switch failure.failureClass {
    case .retry, .throttle, .blocked, .skew, .refresh:
      return OnlineTrial.Attempt(subject: subject, outcome: OnlineTrial.Outcome(failure))
    default:
      if configuration.upload.checksum == .auto, !configuration.checksums.isAmazons {
        return told(subject, "SHA-256: the server does not verify them by CRC-64/NVME")
      }
      return OnlineTrial.Attempt(subject: subject, outcome: .refused(failure))
    }
  }

  private func tryAnswers() async -> [OnlineTrial.Attempt] {
    var client = configuration.makeS3Client(answerTimeout: .seconds(30))
    let subject = "what proves an upload to \(client.place)"
    let upload = TrialObject(folder: folder, at: requests.now).upload(key: key)
    var signedAt = requests.now
    let begin = client.createMultipartUpload(upload, credentials: requests.credentials, at: signedAt)
    let begun = await requests.perform(begin, .s3)
    guard case .success(let id) = client.judgeCreateMultipartUpload(begun, signedAt: signedAt, now: requests.now) else {
      return []
    }
    signedAt = requests.now
    let digest = SHA256.digest(of: Self.bytes)
    let part = client.uploadPart(
      1, of: id, key: key, sha256: digest, body: .bytes(Self.bytes), credentials: requests.credentials, at: signedAt)
    let answer = await requests.perform(part, .s3)
    let judged = client.judgeUploadPart(
      answer, sha256: digest, md5: MD5Digest.digest(of: Self.bytes), signedAt: signedAt, now: requests.now)
    let abort = client.abortMultipartUpload(id, key: key, credentials: requests.credentials, at: requests.now)
    _ = await requests.perform(abort, .s3)
    switch judged {
    case .success:
      return [
        OnlineTrial.Attempt(subject: subject, outcome: .allowed("\(client.proof.description); nothing was stored"))
      ]
    case .failure(let failure) where failure.failureClass == .unprovable:
      return [OnlineTrial.Attempt(subject: subject, outcome: .refused(failure))]
    case .failure(let failure):
      return [OnlineTrial.Attempt(subject: subject, outcome: OnlineTrial.Outcome(failure))]
    }
  }
}
