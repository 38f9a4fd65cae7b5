import AWSClients
import ConfiguredClients
import DeliveryModel
import SystemSupport

extension EngineLoop {
  /// How long a probe waits for the provider's answer; after that it goes with the credentials there are.
  private static let patience = Duration.seconds(10)
  /// The shortest time between two such questions, unless somebody says that the fault is gone.
  private static let shortestInterval = Duration.seconds(30)
  /// The time between them where no lane is paused, and so none waits for a probe.
  private static let idleInterval = Duration.seconds(60)

  /// Asks the provider anew before a lane is probed that is paused for a refusal of the credentials: the key may have been
  /// replaced in its file, the role be assumed with other rights, its sessions have been revoked. Called before the
  /// machine starts what is due.
  mutating func reconsiderCredentials() {
    guard requests.areCredentialsDoubted, !shutdown.isRequested, let used = requests.credentials else { return }
    let now = ports.clock.now
    let paused = [machine.s3, machine.dynamodb].filter(\.doubtsCredentials)
    if paused.isEmpty {
      guard credentialsAskedAt.map({ now >= $0 + Self.idleInterval }) != false else { return }
    } else {
      guard paused.contains(where: { $0.isProbeDue(now: now) }),
        credentialsAskedAt.map({ now >= $0 + Self.shortestInterval }) != false
      else { return }
    }
    credentialsAskedAt = now
    if machine.s3.doubtsCredentials { machine.s3.breaker.probeSoon(now: now + Self.patience) }
    if machine.dynamodb.doubtsCredentials { machine.dynamodb.breaker.probeSoon(now: now + Self.patience) }
    ports.keeper.wishes.post(.refused(used))
  }

  /// The provider has answered: what waited for it goes on.
  mutating func probeWithNewCredentials() {
    let now = ports.clock.now
    if machine.s3.doubtsCredentials { machine.s3.breaker.probeSoon(now: now) }
    if machine.dynamodb.doubtsCredentials { machine.dynamodb.breaker.probeSoon(now: now) }
  }

  /// Where the refused key is what systemd handed over at the start, asking anew is in vain, and somebody has to know.
  func hintingAtRestart(_ judged: RequestBuilder.Judged) -> RequestBuilder.Judged {
    guard judged.failure?.blamesKey == true, ports.provider.isCopy else { return judged }
    return switch judged {
    case .object(let result): .object(result.mapError(\.withRestartHint))
    case .created(let result): .created(result.mapError(\.withRestartHint))
    case .part(let part, let result): .part(part, result.mapError(\.withRestartHint))
    case .completed(let result): .completed(result.mapError(\.withRestartHint))
    case .record(let result, let item): .record(result.mapError(\.withRestartHint), item)
    case .recordFound(let result): .recordFound(result.mapError(\.withRestartHint))
    case .aborted: judged
    }
  }
}

extension AdmissionControl {
  /// Whether it, or a folder of it, is closed for a refusal that other credentials might not meet.
  var doubtsCredentials: Bool {
    opening?.failure.doubtsCredentials == true || closedFolders.contains { $0.opening.failure.doubtsCredentials }
  }

  /// Whether a probe may go now.
  fileprivate func isProbeDue(now: Instant) -> Bool {
    let circuits = breaker.service.isOpen ? [breaker.service] : breaker.folders.values.filter(\.isOpen)
    return circuits.contains { $0.probing == nil && now >= $0.probeAt }
  }
}
