import Glibc
import Synchronization

/// A thread that runs one closure. All signals are blocked on it (and on the threads it starts), so that they reach the
/// threads that handle them, and a write to a closed connection is an error, not a signal.
final class TransportThread: Sendable {
  /// Nil once joined.
  private let thread: Mutex<pthread_t?>
  private let identity: pthread_t

  /// `name` is what `ps -L` and debuggers show, 15 bytes at most.
  init(name: String, body: @escaping @Sendable () -> Void) throws(TransportError) {
    var created = pthread_t()
    let box = Unmanaged.passRetained(Closure(name: name, run: body))
    let result = Self.withSignalsBlocked {
      pthread_create(&created, nil, runClosure, box.toOpaque())
    }
    guard result == 0 else {
      box.release()
      throw TransportError(kind: .other, message: "no thread for connections: " + String(cString: strerror(result)))
    }
    thread = Mutex(created)
    identity = created
  }

  /// Whether the caller runs on this thread.
  var isCurrent: Bool { pthread_equal(pthread_self(), identity) != 0 }

  /// Waits for the closure to return. Further calls wait too; on the thread itself it does nothing.
  func join() {
    guard !isCurrent else { return }
    thread.withLock { thread in
      if let joinable = thread.take() { pthread_join(joinable, nil) }
    }
  }

  /// Frees the thread's memory when the closure returns, without waiting for it.
  func detach() {
    thread.withLock { thread in
      if let joinable = thread.take() { pthread_detach(joinable) }
    }
  }

  /// A new thread inherits the mask of the one that creates it.
  private static func withSignalsBlocked(_ body: () -> Int32) -> Int32 {
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    return body()
  }
}

/// What the thread takes over from the one that creates it.
private final class Closure: Sendable {
  private let name: String
  private let body: @Sendable () -> Void

  init(name: String, run body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }

  func run() {
    nameThread()
    body()
  }

  /// proc_pid_comm(5). A thread without a name works as well, so a failure is ignored.
  private func nameThread() {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, name.utf8.count)
    close(file)
  }
}

/// The box is freed, and with it everything the closure held, before the thread ends.
private func runClosure(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context { Unmanaged<Closure>.fromOpaque(context).takeRetainedValue().run() }
  return nil
}
