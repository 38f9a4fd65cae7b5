import AWSClients
import Cryptography
import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import SystemSupport

/// `check --online`: whether the custody ledger's objects can be made where they belong, and whether its time-stamping
/// authority answers. No object comes of it.
struct LedgerTrial {
  let configuration: Configuration
  let custody: CustodySettings
  let requests: TrialRequests

  func run() async -> [OnlineTrial.Attempt] { [await bucket()] + (await authority()) }

  /// An upload in parts is begun, which needs the right to s3:PutObject, and taken back.
  private func bucket() async -> OnlineTrial.Attempt {
    var client = configuration.makeLedgerClient()
    let key = custody.prefix + "/s3loggerd-check"
    let subject = "s3:PutObject on \(client.bucket)/\(EscapedText.escape(key)), custody"
    let upload = ObjectUpload(
      key: key, size: 0, sha256: SHA256.digest(of: []), deliveryID: "",
      sourcePath: RelativePath(unchecked: Array("s3loggerd-check".utf8)),
      modified: requests.now, host: HostName.current, contentType: "text/plain; charset=utf-8")
    let signedAt = requests.now
    let request = client.createMultipartUpload(upload, credentials: requests.credentials, at: signedAt)
    let answer = await requests.perform(request, .s3)
    switch client.judgeCreateMultipartUpload(answer, signedAt: signedAt, now: requests.now) {
    case .failure(let failure): return OnlineTrial.Attempt(subject: subject, outcome: OnlineTrial.Outcome(failure))
    case .success(let id):
      let abort = client.abortMultipartUpload(id, key: key, credentials: requests.credentials, at: requests.now)
      _ = await requests.perform(abort, .s3)
      return OnlineTrial.Attempt(subject: subject, outcome: .allowed("allowed; nothing was written"))
    }
  }

  private func authority() async -> [OnlineTrial.Attempt] {
    guard let stamping = TimeStamping(configuration) else { return [] }
    let subject = "custody time stamp"
    do throws(TimeStamping.Fault) {
      let reply = try await stamping.stamp(Array("s3loggerd check".utf8))
      return [
        OnlineTrial.Attempt(
          subject: subject,
          outcome: .allowed("the authority stamps, and its stamp holds; its time is \(reply.time.iso8601)"))
      ]
    } catch {
      return [OnlineTrial.Attempt(subject: subject, outcome: .unknown(error.message))]
    }
  }
}
