package import DaemonConfiguration
package import Delivery
import DeliveryJournal
import Synchronization

/// The settings in force: their one owner. Whoever works by a setting asks for it when it is needed, or is handed
/// ``value`` by a reload; only ``adopt(_:host:)`` changes it.
package final class SettingsInForce: Sendable {
  private struct State {
    var value: EngineSettings
    /// What the file said last.
    var written: Configuration
    var waiting: [SettingsChange] = []
  }

  /// What the process was started with: its unit, and its places, are made for this.
  private let started: Configuration
  private let isUnit: Bool
  private let state: Mutex<State>

  /// `isUnit`: whether systemd confines the process by what the configuration needs.
  package init(_ settings: EngineSettings, isUnit: Bool = false) {
    started = settings.configuration
    self.isUnit = isUnit
    state = Mutex(State(value: settings, written: settings.configuration))
  }

  package var value: EngineSettings { state.withLock { $0.value } }

  /// What the file says and needs a restart to be in force: empty again once it says what the process was started with.
  package var waiting: [SettingsChange] { state.withLock { $0.waiting } }

  /// Takes what the file says now into force, as far as that is possible while the process runs. Returns what is in force
  /// from now on of what it says otherwise than before.
  package func adopt(_ written: Configuration, host: String) -> [SettingsChange] {
    state.withLock { state in
      let changes = SettingsChange.between(state.written, written, isUnit: false)
      state.value = state.value.replaced(by: written.atPlaces(of: started), host: host)
      state.written = written
      state.waiting = SettingsChange.between(started, written, isUnit: isUnit).filter(\.needsRestart)
      return changes.filter { change in
        !state.waiting.contains { $0.key == change.key && $0.folder == change.folder }
      }
    }
  }
}

extension ConfiguredFolder {
  /// A configured folder as the journal remembers it.
  package init(_ folder: FolderSettings) {
    self.init(name: folder.name, path: folder.path, terms: folder.terms, places: folder.ownPlaces)
  }
}
