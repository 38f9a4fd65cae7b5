import AWSClients
import FoundationEssentials
import SystemSupport

/// The environment as the process was given it. Secrets are taken out of the process's own, where the programs that it
/// runs, and whoever looks into `/proc`, would find them.
package enum StartEnvironment {
  /// With the secrets; read once, by ``take()``.
  package static let variables: [String: String] = {
    let found = ProcessInfo.processInfo.environment
    ProcessPrivacy.forget(CredentialSettings.secretVariables)
    return found
  }()

  /// At the start of the program, before there is another thread. A kernel that refuses to close the process to others
  /// leaves it as it was: nothing depends on it.
  package static func take() {
    _ = variables
    try? ProcessPrivacy.begin()
  }
}
