import Glibc
import Synchronization

/// Stands between the program and the kernel for the file calls of one thread, so that a test can make any of them hang,
/// fail or be slow, and a command beside a share that hangs can tell whether a thread still comes on. Without one, which is
/// always so in the daemon, a file call costs one read of a flag more.
package final class FileCallSeam: Sendable {
  /// Called on the thread before each of its system calls, with the call's name as in the man page and the path, where the
  /// call has one. It returns to let the call happen, as late as it likes, or throws instead of it.
  package typealias Before = @Sendable (_ call: String, _ path: [UInt8]?) throws(SystemCallError) -> Void

  private let before: Before

  package init(_ before: @escaping Before) {
    self.before = before
  }

  /// From now on this stands before the calls of the calling thread.
  package func install() {
    Self.installed.withLock { $0[UInt64(pthread_self())] = self }
    Self.count.store(Self.installed.withLock { $0.count }, ordering: .releasing)
  }

  /// The calling thread is about to end, or needs its seam no more.
  package static func remove() {
    guard count.load(ordering: .acquiring) > 0 else { return }
    _ = installed.withLock { $0.removeValue(forKey: UInt64(pthread_self())) }
    count.store(installed.withLock { $0.count }, ordering: .releasing)
  }

  /// What stands before the present call does as it likes.
  @inline(__always)
  static func pass(_ call: StaticString, _ path: () -> [UInt8]?) throws(SystemCallError) {
    guard count.load(ordering: .relaxed) > 0 else { return }
    try meet(call, path())
  }

  private static func meet(_ call: StaticString, _ path: [UInt8]?) throws(SystemCallError) {
    guard let seam = installed.withLock({ $0[UInt64(pthread_self())] }) else { return }
    try seam.before("\(call)", path)
  }

  private static let installed = Mutex<[UInt64: FileCallSeam]>([:])
  /// How many threads have one.
  private static let count = Atomic(0)
}
