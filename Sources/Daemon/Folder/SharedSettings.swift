import Synchronization

/// The settings in use, for services beside the engine; a reload replaces them.
final class SharedSettings: Sendable {
  private let box: Mutex<EngineSettings>

  init(_ settings: EngineSettings) {
    box = Mutex(settings)
  }

  var value: EngineSettings {
    get { box.withLock { $0 } }
    set { box.withLock { $0 = newValue } }
  }
}
