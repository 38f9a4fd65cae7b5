import DeliveryModel
import Glibc
import Status
import SystemSupport

/// Remembers, across restarts, whether a run ended in order: a file that stands while one is under way, and one about
/// the last that did not. Both lie in the state directory; neither decides anything but what people are told.
package struct RunMarker: Sendable {
  private let directory: String

  package init(directory: String) {
    self.directory = directory
  }

  private static let runningName = "running"
  private static let lastExitName = "last-unclean-exit"
  private var running: String { directory + "/" + Self.runningName }
  private var lastExit: String { directory + "/" + Self.lastExitName }

  /// Begins a run. Returns how the last one ended that did not end in order, and whether that is news.
  ///
  /// `marks` know it too, and what the fault was: their file has its place on the disk, so a full one hides nothing.
  func begin(at now: Timestamp, marks: CrashMarks? = nil) -> (ending: RunEnding?, isNew: Bool) {
    let isNew = hasUnfinishedRun || marks?.endedUncleanly == true
    let ending = hasUnfinishedRun || !isNew ? lastEnding(at: now, fault: marks?.fault) : unknown(at: now, marks?.fault)
    if isNew, let ending { write(ending) }
    replace(Self.runningName, with: "\(now.milliseconds)\n")
    return (ending, isNew)
  }

  /// Ends a run in order.
  func end() { _ = unlink(running) }

  /// Ends a run by a fault that the daemon itself can name. Where that cannot be written, the run's mark stays: the next
  /// run tells at least that this one did not end in order.
  func fail(_ reason: String, at now: Timestamp) {
    if write(RunEnding(at: now, reason: reason)) { end() }
  }

  /// What systemd knows of the end of a run that could not speak for itself (`SERVICE_RESULT` and its companions,
  /// systemd.exec(5)). The files' part of it is written down in any case; the reason where the run has not spoken itself.
  package func note(environment: [String: String]) {
    if let observation = Self.observation(environment) {
      CrashMarks.note(observation, in: StateHold.marks(in: directory))
    }
    guard hasUnfinishedRun, let reason = Self.reason(environment, fault: leftFault) else { return }
    write(RunEnding(at: WallClock.now, reason: reason))
  }

  /// How the last run ended that did not end in order, a run that is over and left its mark included.
  func lastEnding(at now: Timestamp, fault: String? = nil) -> RunEnding? {
    let known = read(lastExit).map { RunEnding(at: $0.moment, reason: $0.rest) }
    guard let started = read(running)?.moment else { return known }
    // One of the very moment of the start is of the run before.
    if let known, known.at > started { return known }
    return unknown(at: now, fault)
  }

  private func unknown(at now: Timestamp, _ fault: String?) -> RunEnding {
    let reason = (fault ?? leftFault).map(Self.crash) ?? "it did not end in order: killed, crashed, or the power failed"
    return RunEnding(at: now, reason: reason)
  }

  private var leftFault: String? { CrashMarks.fault(in: StateHold.marks(in: directory)) }

  private static func crash(_ fault: String) -> String { "it crashed: \(fault)" }

  private var hasUnfinishedRun: Bool { read(running) != nil }

  /// Whether it is written.
  @discardableResult
  private func write(_ ending: RunEnding) -> Bool {
    replace(Self.lastExitName, with: "\(ending.at.milliseconds)\n\(EscapedText.escape(ending.reason))\n")
  }

  @discardableResult
  private func replace(_ name: String, with text: String) -> Bool {
    let isWritten = (try? AtomicFile.replace(directory + "/" + name, with: Array(text.utf8), mode: 0o640)) != nil
    StateOwner.give([name], in: directory)
    return isWritten
  }

  /// A file of ours: milliseconds since 1970, then perhaps a line of text.
  private func read(_ path: String) -> (moment: Timestamp, rest: String)? {
    guard let bytes = try? SmallFile.read(path, limit: 4096) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", maxSplits: 1)
    guard let first = lines.first, let milliseconds = Int64(first) else { return nil }
    let rest = lines.count > 1 ? lines[1].prefix { $0 != "\n" } : ""
    return (Timestamp(milliseconds: milliseconds), String(rest))
  }

  /// Whether systemd saw a crash: a signal that a process brings upon itself, and nothing else that ended it.
  static func observation(_ environment: [String: String]) -> CrashEvidence.Observation? {
    guard let result = environment["SERVICE_RESULT"] else { return nil }
    let isSignal = result == "signal" || result == "core-dump"
    return isSignal && faults.contains(environment["EXIT_STATUS"] ?? "") ? .crash : .notACrash
  }

  /// The names that systemd gives the signals of a fault.
  private static let faults: Set<String> = ["SEGV", "BUS", "ILL", "FPE", "TRAP", "ABRT", "SYS"]

  static func reason(_ environment: [String: String], fault: String?) -> String? {
    let status = environment["EXIT_STATUS"] ?? "unknown"
    switch environment["SERVICE_RESULT"] {
    case nil, "success": return nil
    case "watchdog": return "a loop gave no sign of life, and systemd's watchdog ended it"
    case "oom-kill": return "it ran out of memory, and the kernel ended it"
    case "timeout": return "it did not start or stop in time, and systemd ended it"
    case "signal", "core-dump": return fault.map(crash) ?? "it crashed or was killed (signal \(status))"
    case "exit-code": return "it left with status \(status)"
    case let other?: return other
    }
  }
}
