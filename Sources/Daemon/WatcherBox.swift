import DropWatch
import Synchronization

/// Ties the knot between the watcher, which hands files to the engine, and the engine, which hands some back.
final class WatcherBox: Sendable {
  private let box = Mutex<DropWatcher?>(nil)

  var watcher: DropWatcher? {
    get { box.withLock { $0 } }
    set { box.withLock { $0 = newValue } }
  }
}
