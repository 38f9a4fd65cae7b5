import CLinux
import Glibc

/// Asks the kernel whether anybody has a file open for writing, without disturbing anyone.
///
/// A read lease (`fcntl(2)`, `F_SETLEASE`) is granted only while nobody does; it is given back at once. A writer that
/// opens the file in these microseconds waits for us, and the kernel sends us SIGIO, whose default ends the process.
package enum LeaseProbe {
  package enum Answer: Sendable, Hashable {
    case noWriter
    case writerOpen
    /// The file system has no leases, or we neither own the file nor have `CAP_LEASE`.
    case unavailable
  }

  /// Ignores SIGIO in the whole process. Call once before the first ``ask(_:)``.
  package static func prepare() {
    _ = clinux_ignore_lease_breaks()
  }

  /// Asks about a file that is open for reading only.
  package static func ask(_ descriptor: Int32) -> Answer {
    if clinux_try_read_lease(descriptor) == 0 { return .noWriter }
    return errno == EAGAIN ? .writerOpen : .unavailable
  }
}
