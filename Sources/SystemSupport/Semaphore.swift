import Glibc

/// `sem_init(3)`: a count that threads wait for. Signalling one that nobody waits for is no system call.
final class Semaphore: @unchecked Sendable {
  // The library's own rules make its use from any thread safe; it must not move.
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  /// Waits for one signal.
  func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }
}
