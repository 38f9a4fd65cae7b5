package import AWSClients
import AWSSigning
package import DaemonConfiguration
package import DeliveryModel
import HTTPTransport
import Synchronization

/// The credential provider of the configuration in force; a reload replaces it.
package final class ConfiguredCredentials: CredentialProvider {
  private let current: Mutex<any CredentialProvider>
  /// The source last told.
  private let source = Mutex("")
  private let copied = Mutex(false)
  private let environment: [String: String]
  private let transport: any HTTPPerforming
  private let wallClock: @Sendable () -> Timestamp
  private let told: @Sendable (String) -> Void

  /// `told` is called with the source of credentials whenever it is another than before.
  package init(
    _ configuration: Configuration, environment: [String: String], transport: any HTTPPerforming,
    wallClock: @escaping @Sendable () -> Timestamp, told: @escaping @Sendable (String) -> Void
  ) {
    self.told = told
    self.environment = environment
    self.transport = transport
    self.wallClock = wallClock
    current = Mutex(
      configuration.makeCredentialProvider(environment: environment, transport: transport, wallClock: wallClock))
  }

  package func use(_ configuration: Configuration) {
    let provider = configuration.makeCredentialProvider(
      environment: environment, transport: transport, wallClock: wallClock)
    current.withLock { $0 = provider }
  }

  /// Whether the credentials found last are those of the service's start, whatever has become of them since.
  package var isCopy: Bool { copied.withLock { $0 } }

  package func find() async throws(ServiceFailure) -> SourcedCredentials {
    let provider = current.withLock { $0 }
    let found = try await provider.find()
    copied.withLock { $0 = found.isCopy }
    let isNew = source.withLock { known in
      defer { known = found.source }
      return known != found.source
    }
    if isNew { told(found.source) }
    return found
  }
}
