/// What is known of how a process ended, and whether that shows that the process itself crashed.
///
/// A file is only ever blamed for a crash: neither a power cut, nor the kernel that ran out of memory, nor a watchdog, nor
/// a person with `kill` says anything about the file that was being read. What is not known counts as one of these.
package struct CrashEvidence {
  /// How far the process had come; the numbers are in the file.
  package enum Phase: Int64, Sendable {
    /// It ended in order, or never began.
    case over = 0
    case running = 1
    /// It had been asked to stop.
    case stopping = 2
  }

  /// What the service manager saw of the end; the numbers are in the file.
  package enum Observation: Int64, Sendable {
    /// It said nothing: there is none, or it could not.
    case none = 0
    /// A signal that a process brings upon itself.
    case crash = 1
    /// Anything else: out of memory, the watchdog, the end of a time, a kill, an exit status.
    case notACrash = 2
  }

  package var phase: Phase
  /// Whether the machine has surely not started anew since: false where it does not tell.
  package var isSameBoot: Bool
  /// The last words of the process (``FaultReport``); nil where it had none.
  package var fault: String?
  package var observation: Observation
  /// Processes that the kernel ended for want of memory since the machine started: when the process began, and now. Nil
  /// where that is not known.
  package var memoryKills: (before: Int64?, now: Int64?)

  /// Whether the process crashed by itself.
  package var provesCrash: Bool {
    guard phase == .running, isSameBoot, observation != .notACrash else { return false }
    if let fault { return !Self.cameFromOutside(fault) }
    if observation == .crash { return true }
    // Nobody saw it: a fault so deep that it could not be told, or SIGKILL. The kernel's own SIGKILL must be ruled out.
    guard let before = memoryKills.before, let now = memoryKills.now else { return false }
    return before == now
  }

  /// Whether another process sent the signal, as a watchdog does: `signal ABRT sent by process 1, thread http`.
  private static func cameFromOutside(_ fault: String) -> Bool {
    fault.prefix { $0 != "," }.contains(" sent by process ")
  }
}
