import Glibc
import Synchronization
import SystemSupport

/// A thread that runs one closure, and that any other may wait for.
final class TransportThread: Sendable {
  /// Nil once joined.
  private let thread: Mutex<BlockingThread?>
  private let identity: UInt64

  init(name: String, body: @escaping @Sendable () -> Void) throws(TransportError) {
    do {
      let started = try BlockingThread(named: name, body)
      identity = started.identity
      thread = Mutex(started)
    } catch {
      throw TransportError(kind: .other, message: "no thread for connections: \(error)")
    }
  }

  /// Whether the caller runs on this thread.
  private var isCurrent: Bool { BlockingThread.isCurrent(identity) }

  /// Waits for the closure to return. Further calls wait too; on the thread itself it does nothing.
  func join() {
    guard !isCurrent else { return }
    thread.withLock { $0.take()?.join() }
  }

  /// Frees the thread's memory when the closure returns, without waiting for it.
  func detach() {
    thread.withLock { $0.take()?.detach() }
  }
}
