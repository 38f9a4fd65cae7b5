import CLinux
import Glibc

/// `sem_init(3)`: a count that threads wait for. Signalling one that nobody waits for is no system call.
package final class Semaphore: @unchecked Sendable {
  // The library's own rules make its use from any thread safe; it must not move.
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  package init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  package func signal() { sem_post(semaphore) }

  /// Waits for one signal.
  package func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }

  /// Waits for one signal, at the longest until then (`sem_clockwait(3)`); whether it came.
  package func wait(until deadline: MonotonicInstant) -> Bool {
    while clinux_wait_until(semaphore, deadline.nanoseconds) != 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}
