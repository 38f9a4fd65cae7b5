import AWSClients
import AWSConfiguration
import ConfiguredClients
import Cryptography
import DaemonConfiguration
import DeliveryModel
import HTTPTransport

/// Whether a folder's objects can be made, with all their options, without making one: an upload in parts is begun, its end
/// is asked for with a part that was never sent, and it is taken back.
///
/// Each of these needs the right to `s3:PutObject`, as a small file's one request does, and S3 looks at the rights first.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
struct ObjectTrial {
  let configuration: Configuration
  let folder: FolderSettings
  let key: String
  let requests: TrialRequests

  private var place: String {
    let partition = AWSPartition(of: configuration.aws.region).name
    return "arn:\(partition):s3:::\(configuration.aws.bucket)/\(EscapedText.escape(key)), folder \(folder.name)"
  }

  var subject: String { "s3:PutObject on \(place)" }

  func run() async -> [OnlineTrial.Attempt] {
    let client = configuration.makeS3Client()
    let upload = TrialObject(folder: folder, at: requests.now).upload(key: key)
    let begun = await begin(client, upload)
    switch begun.result {
    case .failure(let failure):
      if failure.code == "AccessDenied", ServiceMark.isOn(failure),
        let blamed = await blame(client, upload, begun.request, failure)
      {
        return [blamed]
      }
      return [OnlineTrial.Attempt(subject: subject, outcome: OnlineTrial.Outcome(failure))]
    case .success(let id):
      var attempts: [OnlineTrial.Attempt] = []
      if begun.usesKMS { attempts.append(await decrypt(client, upload, id)) }
      let made = await complete(client, upload, id)
      let isGone = await abort(client, id)
      var outcome = OnlineTrial.Outcome.allowed(allowed(begun.request, isGone: isGone))
      if case .failure(let failure) = made { outcome = OnlineTrial.Outcome(failure) }
      return [OnlineTrial.Attempt(subject: subject, outcome: outcome)] + attempts
    }
  }

  private func allowed(_ request: HTTPRequest, isGone: Bool) -> String {
    let options = S3Client.ObjectOption.allCases.filter { $0.isIn(request) }.map(\.name)
    let with = options.isEmpty ? "" : ", with \(options.joined(separator: ", "))"
    let once = configuration.upload.writeOnce ? ", under the condition of write_once" : ""
    let rest =
      isGone
      ? "" : "; the empty upload that was begun stays until the bucket's rule clears it: the role may not take it back"
    return "allowed\(with)\(once); nothing was written\(rest)"
  }

  // MARK: The requests

  private struct Begun {
    var request: HTTPRequest
    /// The upload's id.
    var result: Result<String, ServiceFailure>
    /// Whether S3 encrypts with a key of KMS, by our wish or by the bucket's.
    var usesKMS: Bool
  }

  private func begin(_ client: S3Client, _ upload: ObjectUpload) async -> Begun {
    var client = client
    let signedAt = requests.now
    let request = client.createMultipartUpload(upload, credentials: requests.credentials, at: signedAt)
    let result = await requests.perform(request, .s3)
    var usesKMS = configuration.upload.encryption.map { $0 != .s3 } ?? false
    if case .success(let response) = result {
      usesKMS = usesKMS || response.header("x-amz-server-side-encryption")?.hasPrefix("aws:kms") == true
    }
    let judged = client.judgeCreateMultipartUpload(result, signedAt: signedAt, now: requests.now)
    return Begun(request: request, result: judged, usesKMS: usesKMS)
  }

  /// With a KMS key a part, be it empty, is encrypted with a data key that S3 first decrypts in our name.
  private func decrypt(_ client: S3Client, _ upload: ObjectUpload, _ id: String) async -> OnlineTrial.Attempt {
    var client = client
    let signedAt = requests.now
    let digest = SHA256.digest(of: TrialObject.bytes)
    let part = client.uploadPart(
      1, of: id, key: key, sha256: digest, body: .bytes(TrialObject.bytes), credentials: requests.credentials,
      at: signedAt)
    let result = await requests.perform(part, .s3)
    let name = configuration.upload.kmsKeyID ?? "the bucket's key"
    let subject = "kms:GenerateDataKey and kms:Decrypt on \(name), folder \(folder.name)"
    switch client.judgeUploadPart(result, sha256: digest, signedAt: signedAt, now: requests.now) {
    case .success: return OnlineTrial.Attempt(subject: subject, outcome: .allowed("allowed"))
    case .failure(let failure): return OnlineTrial.Attempt(subject: subject, outcome: OnlineTrial.Outcome(failure))
    }
  }

  private func complete(_ client: S3Client, _ upload: ObjectUpload, _ id: String) async -> Result<Void, ServiceFailure>
  {
    var client = client
    let signedAt = requests.now
    let request = client.completeWithoutPart(
      upload, uploadID: id, credentials: requests.credentials, at: signedAt)
    let result = await requests.perform(request, .s3)
    return client.judgeCompleteWithoutPart(
      result, upload: upload, uploadID: id, signedAt: signedAt, now: requests.now)
  }

  /// Whether nothing is left of the upload. `run` has no need of this right.
  private func abort(_ client: S3Client, _ id: String) async -> Bool {
    var client = client
    let signedAt = requests.now
    let request = client.abortMultipartUpload(id, key: key, credentials: requests.credentials, at: signedAt)
    let result = await requests.perform(request, .s3)
    if case .success = client.judgeAbortMultipartUpload(result, signedAt: signedAt, now: requests.now) { return true }
    return false
  }

  // MARK: What a refusal is about

  /// Finds the option that is refused: the one without which the upload is taken.
  private func blame(
    _ client: S3Client, _ upload: ObjectUpload, _ request: HTTPRequest, _ failure: ServiceFailure
  ) async -> OnlineTrial.Attempt? {
    for option in S3Client.ObjectOption.allCases where option.isIn(request) {
      let less = client.omitting(option, of: upload)
      guard case .success(let id) = await begin(less.client, less.upload).result else { continue }
      _ = await abort(less.client, id)
      var blamed = failure
      if failure.missingAction == ServiceOperation.putObject.action, let action = option.action {
        blamed.missingAction = action
      }
      blamed.message = "S3 takes the object without \(option.name), and refuses it with: \(failure.message)"
      let what = blamed.missingAction ?? option.name
      return OnlineTrial.Attempt(subject: "\(what) on \(place)", outcome: .refused(blamed))
    }
    return nil
  }
}
