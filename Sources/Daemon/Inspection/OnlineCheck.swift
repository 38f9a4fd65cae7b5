import AWSClients
import AWSSigning
import Alerts
import ConfiguredClients
package import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import SystemSupport

/// `check --online`: proves, with the rights of `run` and no others, that credentials, clock, bucket and table work.
package struct OnlineCheck: Sendable {
  /// One thing that was tried.
  package struct Finding: Sendable, Equatable {
    package enum Verdict: String, Sendable {
      case good = "ok     "
      case failed = "FAILED "
      /// It could not be found out, be it because the answer is not certainly the service's.
      case unknown = "UNKNOWN"
    }

    /// An action and its resource, or another thing that was looked at.
    package var subject: String
    package var verdict: Verdict
    package var detail: String
    /// What would fix it, where that is known.
    package var advice: String?

    init(subject: String, verdict: Verdict, detail: String, advice: String? = nil) {
      self.subject = subject
      self.verdict = verdict
      self.detail = detail
      self.advice = advice
    }

    init(subject: String, isGood: Bool, detail: String) {
      self.init(subject: subject, verdict: isGood ? .good : .failed, detail: detail)
    }

    package var isGood: Bool { verdict == .good }

    /// For the person.
    package var lines: [String] {
      ["\(verdict.rawValue) \(subject): \(detail)"] + (advice.map { ["        \($0)"] } ?? [])
    }
  }

  private let configuration: Configuration
  private let environment: [String: String]

  package init(_ configuration: Configuration, environment: [String: String]) {
    self.configuration = configuration
    self.environment = environment
  }

  /// Tries one after the other and says what each gave; stops where the rest would fail for the same reason.
  package func run() async -> [Finding] {
    do {
      let transport = try CurlTransport(configuration: configuration.transport()) { _ in }
      defer { transport.shutdown() }
      let webhook = await webhookFinding()
      return await run(over: transport) + webhook
    } catch {
      return [Finding(subject: "network", isGood: false, detail: error.message)]
    }
  }

  private func run(over transport: CurlTransport) async -> [Finding] {
    let provider = configuration.makeCredentialProvider(
      environment: environment, transport: transport, wallClock: { WallClock.now })
    let found: SourcedCredentials
    do throws(ServiceFailure) {
      found = try await provider.find()
    } catch {
      return [refused(error, "credentials", account: nil)]
    }
    var findings = [Finding(subject: "credentials", isGood: true, detail: "from \(found.source)")]
    let identity = await identity(of: found.credentials, transport)
    findings += identity.findings
    let trial = OnlineTrial(
      configuration: configuration, credentials: found.credentials, transport: transport, offset: identity.offset)
    for attempt in await trial.run() {
      switch attempt.outcome {
      case .allowed(let detail): findings.append(Finding(subject: attempt.subject, isGood: true, detail: detail))
      case .refused(let failure): findings.append(refused(failure, attempt.subject, account: identity.account))
      case .unknown(let reason):
        findings.append(
          Finding(subject: attempt.subject, verdict: .unknown, detail: "could not find out: \(reason)"))
      }
    }
    return findings
  }

  /// Posts a message that says it is a test.
  private func webhookFinding() async -> [Finding] {
    guard let webhook = configuration.alerts.webhook else { return [] }
    let message = AlertMessage(testAt: WallClock.now, host: HostName.current)
    let attempt = await WebhookPost(settings: webhook).send(message.json, id: message.id)
    guard case .failed(let reason, _) = attempt else {
      return [Finding(subject: "webhook", isGood: true, detail: "it answered that it took a signed test message")]
    }
    return [Finding(subject: "webhook", isGood: false, detail: "a test message was not taken: \(reason)")]
  }

  // MARK: Who and when

  /// Seconds. Beyond this difference AWS refuses requests, until the daemon has corrected for it.
  private static let clockTolerance: Int64 = 300

  private func identity(
    of credentials: AWSCredentials, _ transport: CurlTransport
  ) async -> (findings: [Finding], account: String?, offset: Duration) {
    let sts = configuration.makeSTSClient(transport: transport, wallClock: { WallClock.now })
    do throws(ServiceFailure) {
      let identity = try await sts.getCallerIdentity(using: credentials)
      let who = Finding(
        subject: "identity", isGood: true, detail: "account \(identity.account), \(identity.arn)")
      guard let offset = identity.clockOffset else { return ([who], identity.account, .zero) }
      return ([who, Self.clock(offset)], identity.account, offset)
    } catch {
      // Without a role to assume, `run` has no need of STS.
      let isNeeded = configuration.aws.role != nil
      let detail = isNeeded ? error.message : "not known, and not needed: \(error.message)"
      return ([Finding(subject: "identity", isGood: !isNeeded, detail: detail)], nil, .zero)
    }
  }

  private static func clock(_ offset: Duration) -> Finding {
    let seconds = offset.components.seconds
    let detail =
      switch seconds {
      case 0: "agrees with STS's to the second"
      case ..<0: "\(-seconds) s ahead of STS's"
      default: "\(seconds) s behind STS's"
      }
    let isGood = abs(seconds) < clockTolerance
    let advice = isGood ? "" : "; set it right: the records' times come from it. timedatectl tells more"
    return Finding(subject: "clock", isGood: isGood, detail: detail + advice)
  }

  // MARK: What is missing

  private func refused(_ failure: ServiceFailure, _ subject: String, account: String?) -> Finding {
    let advice = failure.missingAction.flatMap { action in
      PolicyStatement(allowing: action, of: configuration, account: account).advice(on: failure.message)
    }
    return Finding(subject: subject, verdict: .failed, detail: failure.message, advice: advice)
  }
}
