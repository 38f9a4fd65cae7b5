import Glibc
import Synchronization

/// journald's own socket, one datagram a log entry.
///
/// libsystemd's `sd_journal_sendv` is not used: it waits without limit while journald does not read, and reports success
/// where there is none. Here a full queue is waited for once, briefly; until an entry gets through again, none waits.
final class JournalSocket: Sendable {
  /// Where journald listens.
  static let systemPath = "/run/systemd/journal/socket"

  private let descriptor: Int32
  private let address: sockaddr_un
  private let isStalled = Atomic(false)

  /// `patience` is how long an entry may wait for room. Without a socket (no descriptor left) every send fails.
  init(path: String = JournalSocket.systemPath, patience: Duration = .milliseconds(100)) {
    address = Self.address(path)
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: 0, tv_usec: Int(min(patience.wholeMicroseconds, 999_999)))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether journald has the entry. False where it does not run, does not read, or finds the entry too long.
  func send(_ entry: [UInt8]) -> Bool {
    let wasStalled = isStalled.load(ordering: .relaxed)
    let failure = transmit(entry, flags: Int32(MSG_NOSIGNAL) | (wasStalled ? Int32(MSG_DONTWAIT) : 0))
    let stalls = failure == EAGAIN
    if stalls != wasStalled { isStalled.store(stalls, ordering: .relaxed) }
    return failure == 0
  }

  /// The error number, 0 if none. The socket stays unconnected, so a journald that restarts is found again.
  private func transmit(_ entry: [UInt8], flags: Int32) -> Int32 {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        while sendto(descriptor, entry, entry.count, flags, generic, socklen_t(MemoryLayout<sockaddr_un>.size)) < 0 {
          if errno != EINTR { return errno }
        }
        return 0
      }
    }
  }

  private static func address(_ path: String) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.dropLast().copyBytes(from: path.utf8) }
    return address
  }
}
