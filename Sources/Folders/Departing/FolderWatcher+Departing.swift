package import DeliveryModel
import SystemSupport

/// What a folder found out that is no file to deliver.
package struct FolderFindings: Sendable, Equatable {
  package let folder: String
  /// Besides its present one.
  package let formerNames: [String]
  package let root: FolderRoot
  /// Delivered files that are gone: what comes in their place is another arrival.
  package internal(set) var departed: [RelativePath] = []
  /// Whether all of it was looked through, for the first time under this journal.
  package internal(set) var isLookedThrough = false
}

/// Files that left: the same content that comes again is another arrival, with a record of its own. A file that is replaced,
/// renamed to and fro, or is not to be seen because its directory may not be read, or its file system is not there, did not
/// leave.
extension FolderWatcher {
  /// Whether what is absent here left: not where another directory stands in the folder's place, as without its share.
  private var canDepart: Bool {
    if case .present = presence, place.root != nil { true } else { false }
  }

  /// An event says so.
  func left(_ path: RelativePath, at now: MonotonicInstant) {
    if canDepart { departures.left(path, at: now, window: departureWindow) }
  }

  /// A directory was moved away, with all below it: which of those that the journal has are gone is looked up a few at a time,
  /// as there may be very many.
  func leftDirectory() {
    guard canDepart else { return }
    if sweep == nil { sweep = .some(nil) } else { mustSweepAgain = true }
  }

  private var departureWindow: Duration { max(window.current, .seconds(1)) }

  /// A directory was listed: fewer of its delivered files were met than the journal says to stand there.
  func compareCount(of directory: OpenDirectory) throws {
    guard canDepart, place.isUsual else { return }
    let path = directory.visit.path
    var present = 0
    for name in [folder.name] + place.otherNames { present += try services.known.presentCount(in: path, folder: name) }
    if present > directory.delivered { departures.suspect(path, missing: present - directory.delivered) }
  }

  /// Directories that no scan meets any more, as they are gone themselves, are looked for among those that the journal has.
  func sweepDirectories(at now: MonotonicInstant) {
    guard canDepart, place.isUsual, lastSweep.map({ now - $0 >= Self.sweepPause }) ?? true else { return }
    lastSweep = now
    sweep = .some(nil)
  }

  private static let sweepPause = Duration.seconds(600)

  /// Does a step of it, after events and before scans.
  func lookForDepartures(at now: MonotonicInstant) {
    guard canDepart, sweep != nil || departures.nextDeadline.map({ $0 <= now }) ?? false else { return }
    if root?.isStillInPlace() != true { return checkRoot(at: now) }
    for path in departures.due(at: now) where isGone(path) && isDelivered(path) {
      departures.depart(path)
      // What comes back may be in the very state that was handed over.
      offers.forget(path)
    }
    do {
      if let walk = departures.nextWalk() { try goOn(walk, at: now) }
      if let place = sweep, departures.hasRoom { try goOn(sweepAfter: place) }
    } catch {
      // The journal says by itself that it cannot be read.
      departures.walked(to: nil)
      sweep = nil
    }
  }

  private func isDelivered(_ path: RelativePath) -> Bool { knownFile(path) != nil }

  private func goOn(_ walk: DepartureTracker.Walk, at now: MonotonicInstant) throws {
    var (last, found): ([UInt8]?, Bool) = (nil, false)
    for name in [folder.name] + place.otherNames {
      let names = try services.known.presentNames(
        in: walk.directory, folder: name, after: walk.after, limit: DepartureTracker.step)
      for name in names where isGone(walk.directory.appending(name)) {
        found = true
        departures.left(walk.directory.appending(name), at: now, window: departureWindow)
      }
      // Of several names of the folder the one that comes first decides how far all have been looked through.
      if names.count == DepartureTracker.step, let end = names.last {
        last = last.map { $0.lexicographicallyPrecedes(end) ? $0 : end } ?? end
      }
    }
    departures.walked(to: last, found: found)
  }

  private func goOn(sweepAfter place: Int64?) throws {
    let found = try services.known.presentDirectory(after: place, limit: DepartureTracker.step)
    let names = Set([folder.name] + self.place.otherNames)
    for directory in found where names.contains(directory.folder) && isGone(directory.directory) {
      departures.suspect(directory.directory)
    }
    if let last = found.last, found.count == DepartureTracker.step {
      sweep = .some(last.place)
    } else {
      sweep = mustSweepAgain ? .some(nil) : nil
      mustSweepAgain = false
    }
  }

  /// Whether nothing has this name, in the directory that is watched.
  func isGone(_ path: RelativePath) -> Bool {
    if path == .root { return false }
    do throws(SystemCallError) {
      _ = try root?.status(of: path)
      return false
    } catch {
      if case .gone = FileProbe.outcome(of: error) { return true }
      return false
    }
  }

  /// What is to be made durable beside files; nil for nothing.
  func takeFindings() -> FolderFindings? {
    guard departures.hasDeparted || isLookedThrough, let seen = place.root else { return nil }
    var findings = FolderFindings(folder: folder.name, formerNames: place.otherNames, root: seen)
    findings.departed = departures.takeDeparted()
    findings.isLookedThrough = isLookedThrough
    isLookedThrough = false
    return findings
  }

  /// They are durable.
  func accepted(_ findings: FolderFindings) {
    departures.accepted(findings.departed)
    if findings.isLookedThrough, findings.root == place.root { status.firstScanFinished = true }
  }
}
