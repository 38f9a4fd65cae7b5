import CLinux

/// A thread for work that blocks, outside Swift's own pool. It runs one closure, with every signal blocked.
///
/// The closure ends when its owner tells it (see ``WakeUp``); nothing else ends it.
package struct BlockingThread: ~Copyable, Sendable {
  private let handle: UInt64

  /// Starts `body`. `name` is what `top -H` shows: at most 15 bytes are kept.
  ///
  /// - Throws: `EAGAIN` where the system has no more threads to give.
  package init(named name: String, _ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
    let box = Unmanaged.passRetained(Body(run: body))
    var handle: UInt64 = 0
    let failure = clinux_start_thread(String(name.prefix(15)), startThread, box.toOpaque(), &handle)
    if failure != 0 {
      box.release()
      throw SystemCallError(call: "pthread_create", code: failure)
    }
    self.handle = handle
  }

  /// Waits until the closure has returned.
  package consuming func join() {
    _ = clinux_join_thread(handle)
  }

  /// Lets the thread end by itself, with nobody waiting.
  package consuming func detach() {
    _ = clinux_detach_thread(handle)
  }
}

private final class Body: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}

private func startThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
  return nil
}
