import AWSClients
import AWSSigning
import DaemonConfiguration
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
  func run() async -> [OnlineTrial.Attempt] {
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
