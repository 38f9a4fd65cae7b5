import AWSClients
import AWSSigning
import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import Synchronization

/// The credential provider of the configuration in force; a reload replaces it.
final class ConfiguredCredentials: CredentialProvider {
  private let current: Mutex<any CredentialProvider>
  private let environment: [String: String]
  private let transport: any HTTPPerforming
  private let wallClock: @Sendable () -> Timestamp

  init(
    _ configuration: Configuration, environment: [String: String], transport: any HTTPPerforming,
    wallClock: @escaping @Sendable () -> Timestamp
  ) {
    self.environment = environment
    self.transport = transport
    self.wallClock = wallClock
    current = Mutex(
      configuration.makeCredentialProvider(environment: environment, transport: transport, wallClock: wallClock))
  }

  func use(_ configuration: Configuration) {
    let provider = configuration.makeCredentialProvider(
      environment: environment, transport: transport, wallClock: wallClock)
    current.withLock { $0 = provider }
  }

  func credentials() async throws(ServiceFailure) -> AWSCredentials {
    let provider = current.withLock { $0 }
    return try await provider.credentials()
  }
}
