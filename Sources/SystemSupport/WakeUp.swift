import CLinux
import Glibc

/// A latch (`eventfd(2)`) that ends another thread's wait; signals between two waits count as one.
package final class WakeUp: Sendable {
  private let descriptor: OwnedDescriptor

  /// - Throws: `EMFILE` or `ENFILE`.
  package init() throws(SystemCallError) {
    descriptor = OwnedDescriptor(owning: try systemCall("eventfd") { clinux_eventfd() })
  }

  /// Ends the present or the next wait. Any thread, never blocks.
  package func signal() {
    _ = clinux_eventfd_signal(descriptor.number)
  }

  /// Takes back every signal so far. For the waiting thread, before it looks at what was announced.
  package func clear() {
    _ = clinux_eventfd_clear(descriptor.number)
  }

  /// Waits for a signal, or for `deadline`; nil waits without end. Clears the signal.
  package func wait(until deadline: MonotonicInstant?) {
    _ = DescriptorWait.ready([number], until: deadline)
    clear()
  }

  /// For ``DescriptorWait``.
  package var number: Int32 { descriptor.number }
}

/// `poll(2)`.
package enum DescriptorWait {
  /// Waits until one of `readable` can be read or `urgent` has news (`POLLPRI`, as `/proc/self/mountinfo` reports it), or
  /// for `deadline`; nil waits without end.
  ///
  /// - Returns: those that are ready, empty after the deadline. A descriptor that failed counts as ready: its read tells.
  package static func ready(
    _ readable: [Int32], urgent: Int32? = nil, until deadline: MonotonicInstant? = nil
  ) -> [Int32] {
    var entries = readable.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    if let urgent { entries.append(pollfd(fd: urgent, events: Int16(POLLPRI), revents: 0)) }
    while poll(&entries, nfds_t(entries.count), milliseconds(until: deadline)) < 0 {
      if errno == EINTR { continue }
      // The kernel has no memory for it at the moment: no news, and no deadline either.
      if let deadline, deadline < .now { return [] }
      usleep(10_000)
    }
    return entries.lazy.filter { $0.revents != 0 }.map(\.fd)
  }

  /// Rounded up: a wait that ends too early would be repeated.
  static func milliseconds(until deadline: MonotonicInstant?) -> Int32 {
    guard let deadline else { return -1 }
    let rest = deadline.nanoseconds - MonotonicInstant.now.nanoseconds
    return rest <= 0 ? 0 : Int32(clamping: (rest + 999_999) / 1_000_000)
  }
}
