import Synchronization
import SystemSupport

/// One for each folder.
package final class FolderSignals: Sendable {
  private let signals = Mutex<[String: WorkSignal]>([:])

  package init() {}

  func signal(of folder: String) -> WorkSignal {
    signals.withLock { signals in
      if let signal = signals[folder] { return signal }
      let signal = WorkSignal()
      signals[folder] = signal
      return signal
    }
  }

  /// There may be something to do in a folder; "" for: in any.
  package func ring(_ folder: String) {
    if folder.isEmpty {
      for signal in signals.withLock({ Array($0.values) }) { signal.ring() }
    } else {
      signal(of: folder).ring()
    }
  }

  /// Forgets that of a folder that is configured no more.
  func forget(_ folder: String) { _ = signals.withLock { $0.removeValue(forKey: folder) } }

  /// Nothing is due in any folder.
  package var isIdle: Bool { signals.withLock { $0.values.allSatisfy(\.isIdle) } }
}
