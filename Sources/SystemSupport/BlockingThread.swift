import CLinux
import Glibc

/// A thread for work that blocks, outside Swift's own pool. It runs one closure, with every signal blocked but those of a
/// fault (see ``FaultReport``).
///
/// The closure ends when its owner tells it (see ``WakeUp``); nothing else ends it.
package struct BlockingThread: ~Copyable, Sendable {
  /// Names the thread as long as it has not been waited for.
  package let identity: UInt64

  /// Whether the caller runs on the thread that `identity` names.
  package static func isCurrent(_ identity: UInt64) -> Bool { UInt64(pthread_self()) == identity }

  /// Starts `body`. `name` is what `top -H` shows: at most 15 bytes are kept.
  ///
  /// - Throws: `EAGAIN` where the system has no more threads to give.
  package init(named name: String, _ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
    let box = Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: body))
    var handle: UInt64 = 0
    let failure = clinux_start_thread(startThread, box.toOpaque(), &handle)
    if failure != 0 {
      box.release()
      throw SystemCallError(call: "pthread_create", code: failure)
    }
    identity = handle
  }

  /// Makes sure that the system has room for so many threads more: starts them all, and ends them.
  ///
  /// - Throws: `EAGAIN` where it has not.
  package static func makeSureOfRoom(for count: Int) throws(SystemCallError) {
    guard count > 0 else { return }
    let end = Semaphore()
    let thread = try BlockingThread(named: "s3l-room") { end.wait() }
    let others = Result { () throws(SystemCallError) in try makeSureOfRoom(for: count - 1) }
    end.signal()
    thread.join()
    try others.get()
  }

  /// Waits until the closure has returned.
  package consuming func join() {
    _ = clinux_join_thread(identity)
  }

  /// Lets the thread end by itself, with nobody waiting.
  package consuming func detach() {
    _ = clinux_detach_thread(identity)
  }
}

private final class Body: Sendable {
  let name: String
  let run: @Sendable () -> Void

  init(name: String, run: @escaping @Sendable () -> Void) {
    self.name = name
    self.run = run
  }
}

private func startThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  clinux_run_with_fault_stack(runBody, argument)
}

private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
  clinux_name_thread(body.name)
  body.run()
  return nil
}
