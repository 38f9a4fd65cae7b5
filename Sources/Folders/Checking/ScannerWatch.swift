package import DeliveryModel
import SystemSupport

/// Whether a folder's virus scanner works, and on which files it fails. A pure value.
///
/// What it has no verdict on is asked about harmless bytes too: where it answers those, the file is at fault, else the
/// scanner is. While it is away nobody waits for it: one question at a time finds out whether it is back.
package struct ScannerWatch: Sendable, Equatable {
  /// A state of a file.
  struct File: Hashable, Sendable {
    var path: RelativePath
    var identity: FileIdentity
  }

  package struct Outage: Sendable, Equatable {
    package var since: Timestamp
    /// In plain words.
    package var reason: String

    package init(since: Timestamp, reason: String) {
      self.since = since
      self.reason = reason
    }
  }

  private struct Absence: Sendable, Equatable {
    var outage: Outage
    /// When it may be asked again; nothing else is asked while it is being asked.
    var probeAt: MonotonicInstant
    var pause: Duration
    var isProbed = false
    /// What it was scanning when it went.
    var suspects: Set<File> = []
  }

  /// What to do with a file.
  enum Step: Equatable {
    case scan
    /// Ask about harmless bytes; then ``probed(_:now:)``.
    case probe
    case wait(Outage)
    /// It has failed on this file too often.
    case setAside
  }

  private var absence: Absence?
  private var strikes: [File: Int] = [:]

  /// So often it may fail on a file.
  static let strikeLimit = 3
  static let firstPause = Duration.seconds(5)
  static let longestPause = Duration.seconds(60)
  private static let rememberedFiles = 1000

  var outage: Outage? { absence?.outage }

  /// Why no file need be read now; nil where one may be scanned, or asks whether it is back.
  func reasonToWait(_ file: File, now: MonotonicInstant) -> Outage? {
    guard let absence, !isBeyondLimit(file), absence.isProbed || now < absence.probeAt else { return nil }
    return absence.outage
  }

  mutating func next(_ file: File, now: MonotonicInstant) -> Step {
    if isBeyondLimit(file) { return .setAside }
    guard let absence else { return .scan }
    guard !absence.isProbed, now >= absence.probeAt else { return .wait(absence.outage) }
    self.absence?.isProbed = true
    return .probe
  }

  /// Takes in whether the scanner answered a probe.
  mutating func probed(_ isBack: Bool, now: MonotonicInstant) {
    guard let absence else { return }
    if isBack {
      self.absence = nil
      for file in absence.suspects { strike(file) }
    } else {
      let pause = min(absence.pause * 2, Self.longestPause)
      self.absence?.pause = pause
      self.absence?.probeAt = now + pause
      self.absence?.isProbed = false
    }
  }

  /// A verdict came: it works, whatever others met meanwhile.
  mutating func judged(_ file: File) {
    strikes[file] = nil
    absence = nil
  }

  /// It had no verdict on a file and answers about others. Returns how often that was so.
  mutating func failed(_ file: File) -> Int {
    strike(file)
    return strikes[file] ?? 0
  }

  /// It answers nobody. `suspect`: the file that it was scanning, which is at fault once it is back.
  mutating func wentAway(_ outage: Outage, suspect: File?, now: MonotonicInstant) {
    if absence == nil {
      absence = Absence(outage: outage, probeAt: now + Self.firstPause, pause: Self.firstPause)
    }
    if let suspect { absence?.suspects.insert(suspect) }
  }

  private func isBeyondLimit(_ file: File) -> Bool { strikes[file, default: 0] >= Self.strikeLimit }

  private mutating func strike(_ file: File) {
    if strikes.count >= Self.rememberedFiles, strikes[file] == nil { strikes.removeAll() }
    strikes[file, default: 0] += 1
  }
}
