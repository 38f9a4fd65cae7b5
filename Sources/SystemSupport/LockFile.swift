import CLinux
import Glibc

/// A lock that one process holds (`flock(2)`); the kernel gives it back when the process ends, however it ends. The file
/// stays: removing it would let two processes hold two locks of one name.
package final class LockFile: Sendable {
  private let descriptor: OwnedDescriptor

  /// Creates the file where needed and takes the lock, without waiting.
  ///
  /// - Throws: `EWOULDBLOCK` while another process holds it.
  package init(_ path: String, mode: UInt32 = 0o640) throws(SystemCallError) {
    let number = try systemCall("open", path: Array(path.utf8)) {
      clinux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode)
    }
    descriptor = OwnedDescriptor(owning: number)
    try systemCall("flock", path: Array(path.utf8)) { flock(number, LOCK_EX | LOCK_NB) }
  }

  /// Gives the lock back; another process may have it from now on.
  package func release() { _ = flock(descriptor.number, LOCK_UN) }
}
