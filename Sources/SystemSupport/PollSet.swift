import Glibc

/// `poll(2)` of descriptors for reading and for writing.
package enum PollSet {
  /// What is waited for on one descriptor. Its end is reported whatever is asked for.
  package struct Interest: Sendable, Equatable {
    package var number: Int32
    package var reads: Bool
    package var writes: Bool

    package init(_ number: Int32, reads: Bool, writes: Bool = false) {
      self.number = number
      self.reads = reads
      self.writes = writes
    }
  }

  /// What is so of it.
  package struct Readiness: Sendable, Equatable {
    package var reads = false
    package var writes = false
    /// The other end is gone, or the descriptor failed.
    package var isOver = false
  }

  /// Waits until something is so, or for `deadline`; nil waits without end. Answers in the order of `interests`.
  package static func wait(_ interests: [Interest], until deadline: MonotonicInstant? = nil) -> [Readiness] {
    var entries = interests.map { interest in
      pollfd(
        fd: interest.number, events: Int16((interest.reads ? POLLIN : 0) | (interest.writes ? POLLOUT : 0)), revents: 0)
    }
    while poll(&entries, nfds_t(entries.count), DescriptorWait.milliseconds(until: deadline)) < 0 {
      if errno == EINTR { continue }
      // The kernel has no memory for it at the moment.
      if let deadline, deadline < .now { break }
      usleep(10_000)
    }
    return entries.map { entry in
      let events = Int32(entry.revents)
      return Readiness(
        reads: events & POLLIN != 0, writes: events & POLLOUT != 0,
        isOver: events & (POLLHUP | POLLERR | POLLNVAL) != 0)
    }
  }
}
