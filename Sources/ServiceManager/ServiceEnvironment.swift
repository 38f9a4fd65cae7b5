import DeliveryModel
import Glibc

/// What systemd told this process about its surroundings, in environment variables (systemd.exec(5)).
package struct ServiceEnvironment: Sendable, Equatable {
  /// Device and inode of the stream that systemd connected to the journal.
  package var journalStream: StreamIdentity?
  /// Where readiness is reported, for diagnostics; ``SystemdNotifier`` finds it by itself.
  package var notifySocket: String?
  package var watchdog: WatchdogInterval?
  /// 32 hexadecimal digits that tell this run of the unit from any other.
  package var invocationID: String?

  /// Parses variables; what is malformed counts as absent.
  package init(watchdog: WatchdogInterval? = nil, variable: (String) -> String?) {
    journalStream = variable("JOURNAL_STREAM").flatMap { StreamIdentity($0) }
    notifySocket = variable("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
    invocationID = variable("INVOCATION_ID").flatMap { MessageID.isValid($0) ? $0 : nil }
    self.watchdog = watchdog
  }

  /// The variables of this process.
  package static func current() -> ServiceEnvironment {
    ServiceEnvironment(watchdog: .requested(), variable: environmentVariable)
  }

  /// Whether what is written to `descriptor` ends up in the journal.
  package func isJournal(_ descriptor: Int32) -> Bool {
    guard let journalStream, let actual = StreamIdentity(descriptor: descriptor) else { return false }
    return journalStream == actual
  }
}

/// What an open stream is, as `JOURNAL_STREAM` tells it.
package struct StreamIdentity: Sendable, Equatable {
  package let device: UInt64
  package let inode: UInt64

  /// Parses `DEVICE:INODE`, both decimal.
  package init?(_ text: String) {
    let parts = text.pieces(at: ":")
    guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return nil }
    self.device = device
    self.inode = inode
  }

  /// Asks the kernel about an open descriptor; nil if it is not open.
  package init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// A variable of this process's environment; nil if unset.
package func environmentVariable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}
