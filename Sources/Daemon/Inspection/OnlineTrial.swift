import AWSClients
import AWSConfiguration
import AWSSigning
import ConfiguredClients
import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import SystemSupport

/// Tries, folder by folder, what `run` asks of S3 and DynamoDB, under the keys and with the options that it would use. No
/// object and no item comes of it.
struct OnlineTrial {
  /// What was tried, and what came of it.
  struct Attempt {
    var subject: String
    var outcome: Outcome
  }

  enum Outcome {
    /// By the service's own word; what else there is to say.
    case allowed(String)
    /// By the service's own word.
    case refused(ServiceFailure)
    /// No answer, or one that is not certainly the service's, or that it cannot tell now. In words.
    case unknown(String)

    /// What a failure proves: only a refusal that bears the service's mark, and does not pass by itself.
    init(_ failure: ServiceFailure) {
      switch failure.failureClass {
      case .retry, .throttle, .unreadable: self = .unknown(failure.message)
      default: self = ServiceMark.isOn(failure) ? .refused(failure) : .unknown(failure.message)
      }
    }
  }

  let configuration: Configuration
  let requests: TrialRequests

  init(configuration: Configuration, credentials: AWSCredentials, transport: CurlTransport, offset: Duration) {
    self.configuration = configuration
    requests = TrialRequests(credentials: credentials, transport: transport, offset: offset)
  }

  func run() async -> [Attempt] {
    var attempts = await tryServices() + tryFolders()
    if let custody = configuration.custody {
      attempts += await LedgerTrial(configuration: configuration, custody: custody, requests: requests).run()
    }
    return attempts
  }

  /// What is the same for all folders: a property of an endpoint and a bucket, or of the table.
  private func tryServices() async -> [Attempt] {
    guard let folder = configuration.folders.first,
      case .success(let key) = TrialObject(folder: folder, at: requests.now).key
    else { return [] }
    return await ProofTrial(configuration: configuration, folder: folder, key: key, requests: requests).run()
  }

  private func tryFolders() async -> [Attempt] {
    var attempts: [Attempt] = []
    var silent: Set<ServiceLane> = []
    for folder in configuration.folders {
      let key: String
      switch TrialObject(folder: folder, at: requests.now).key {
      case .success(let rendered): key = rendered
      case .failure(let problem):
        attempts.append(Attempt(subject: "object key, folder \(folder.name)", outcome: .unknown("\(problem)")))
        continue
      }
      let objects = ObjectTrial(configuration: configuration, folder: folder, key: key, requests: requests)
      await collect(&attempts, &silent, .s3, objects.subject) { await objects.run() }
      for isRefused in folder.rules.canRefuse ? [false, true] : [false] {
        let kind = isRefused ? " for refused files" : ""
        let subject = "dynamodb:PutItem on table \(configuration.aws.table)\(kind), folder \(folder.name)"
        await collect(&attempts, &silent, .dynamodb, subject) {
          [Attempt(subject: subject, outcome: await putItem(key, isRefused: isRefused))]
        }
      }
    }
    return attempts
  }

  /// A service that gave no answer to one folder's requests is not waited for again, folder after folder.
  private func collect(
    _ attempts: inout [Attempt], _ silent: inout Set<ServiceLane>, _ lane: ServiceLane, _ subject: String,
    _ attempt: () async -> [Attempt]
  ) async {
    if silent.contains(lane) {
      let reason = "not tried, as \(lane.displayName) gave no answer before"
      return attempts.append(Attempt(subject: subject, outcome: .unknown(reason)))
    }
    let heard = requests.unanswered.count(of: lane)
    attempts += await attempt()
    if requests.unanswered.count(of: lane) > heard { silent.insert(lane) }
  }

  /// A conditional write whose condition cannot hold: allowed means refused by the condition, and nothing is written.
  private func putItem(_ key: String, isRefused: Bool) async -> Outcome {
    var client = configuration.makeDynamoDBClient()
    let signedAt = requests.now
    let request = client.probe(
      objectKey: key, isRefused: isRefused, credentials: requests.credentials, at: signedAt)
    switch client.judgeProbe(await requests.perform(request, .dynamodb), signedAt: signedAt, now: requests.now) {
    case .success: return .allowed("allowed; nothing was written")
    case .failure(let failure): return Outcome(failure)
    }
  }
}
