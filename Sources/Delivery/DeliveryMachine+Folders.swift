import DeliveryModel

/// Folders whose files cannot be read now: they are not there, or do not answer. Their files wait in the journal, with no
/// attempt counted, until the folder is there again; what S3 has of them is recorded meanwhile.
extension DeliveryMachine {
  /// Since when a folder is left alone, and for how long.
  enum Absence: Sendable, Equatable {
    /// The watching says so, and will say when it is over.
    case announced
    /// Reading has found out; the watching may not have noticed. It is tried again then.
    case found(until: Instant)
  }

  /// What was found out by reading is believed for so long.
  static let awayPause = Duration.seconds(15)

  /// The watching says that the folder is not there, or does not answer.
  mutating func folderLeft(_ folder: String) {
    away[folder] = .announced
    letGo(ofReading: folder)
  }

  /// The watching says that it is there, and answers.
  mutating func folderReturned(_ folder: String) {
    guard away.removeValue(forKey: folder) != nil else { return }
    leftToJournal = true
  }

  /// Reading says so.
  mutating func folderIsAway(_ folder: String, until moment: Instant) {
    if away[folder] != .announced { away[folder] = .found(until: moment) }
    letGo(ofReading: folder)
  }

  /// Other settings: another folder may be meant. What the watching has said of one that stays at its place counts on.
  mutating func keepAbsences(of folders: Set<String>) {
    let former = away
    away = away.filter { $0.value == .announced && folders.contains($0.key) }
    if away != former { leftToJournal = true }
  }

  /// Other settings: what a service refused of a folder that is gone is no longer reported.
  mutating func forgetFolders(but names: Set<String>) {
    for service in [ServiceLane.s3, .dynamodb] {
      var closed: [String] = []
      change(service) { closed = $0.breaker.keep(names) }
      for folder in closed { emit(.note(.folderForgotten(service, folder: folder))) }
    }
  }

  /// Lets in again what was waited for long enough.
  mutating func reviewAbsences(now: Instant) {
    for case (let folder, .found(let until)) in away where until <= now { folderReturned(folder) }
  }

  /// When the next absence is over by itself.
  var nextReturn: Instant? {
    away.values.compactMap { if case .found(let until) = $0 { until } else { nil } }.min()
  }

  /// What is being read of it, or waits for that, goes back to the journal as it is.
  private mutating func letGo(ofReading folder: String) {
    for entry in active.values where entry.folder == folder && entry.isBeingRead {
      let number = entry.delivery.number
      if entry.ahead == nil { release(number) } else { leaveReading(number) }
    }
  }
}
