import Synchronization

/// The tables of receipts that this process left in order; a new process, or a failure, knows none.
final class KnownTables: Sendable {
  private let names = Mutex<Set<String>>([])

  func isKnown(_ name: String) -> Bool { names.withLock { $0.contains(name) } }

  func remember(_ name: String) {
    names.withLock { names in
      if names.count >= 1000 { names.removeAll() }
      names.insert(name)
    }
  }

  func forget(_ name: String) { _ = names.withLock { $0.remove(name) } }
}
