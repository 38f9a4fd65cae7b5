import Glibc
import Synchronization

/// Writes whole lines to a descriptor it does not own, each with one write(2), and never waits for long.
///
/// A terminal or pipe whose reader sleeps would stop the daemon, and `O_NONBLOCK` would change the descriptor for every
/// process that shares it. So it asks poll(2) first: POLLOUT means that a line of ``TerminalLine/longestLine`` fits. The
/// first line that finds no room waits briefly; until there is room again the others are dropped, counted, and told of.
/// The process has to ignore SIGPIPE.
final class LineWriter: Sendable {
  private let descriptor: Int32
  private let patience: Int32
  /// A regular file always has room.
  private let alwaysHasRoom: Bool
  /// How many lines were dropped since the last one that was written.
  private let dropped = Mutex(0)

  /// `patience` is how long a line may wait for room.
  init(descriptor: Int32 = STDERR_FILENO, patience: Duration = .milliseconds(100)) {
    self.descriptor = descriptor
    self.patience = Int32(clamping: patience.wholeMicroseconds / 1000)
    var status = stat()
    alwaysHasRoom = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Writes a line that ends with a newline, preceded, where lines were dropped, by the one that `notice` makes.
  func write(_ line: [UInt8], notice: (_ dropped: Int) -> [UInt8]) {
    dropped.withLock { count in
      let wasStalled = count > 0
      if wasStalled, hasRoom(within: 0), emit(notice(count)) { count = 0 }
      if count > 0 || !hasRoom(within: wasStalled ? 0 : patience) || !emit(line) { count += 1 }
    }
  }

  private func hasRoom(within milliseconds: Int32) -> Bool {
    if alwaysHasRoom { return true }
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&request, 1, milliseconds) > 0
  }

  /// False only if the line may get through later (the descriptor does not block, or a signal came); a reader that is
  /// gone for good is nobody to tell.
  private func emit(_ line: [UInt8]) -> Bool {
    while Glibc.write(descriptor, line, line.count) < 0 {
      if errno != EINTR { return errno != EAGAIN }
    }
    return true
  }
}
