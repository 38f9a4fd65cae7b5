import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// A look through the daemon's own places for files that are not its own, in small steps and at leisure.
struct PlaceSurvey {
  /// Places that were not begun yet.
  private var places: [RelativePath] = []
  private var walk = TreeWalk()
  /// The directory that is being listed.
  private(set) var active: Active?
  /// The place that is looked through.
  private(set) var place = RelativePath.root
  /// When it was begun.
  private(set) var begun: Timestamp?
  /// Directories that did not change since hold nothing new.
  private(set) var horizon = Timestamp(milliseconds: 0)
  /// When the next step may come: all of them take no more than half a hundredth of a processor.
  private(set) var next: MonotonicInstant?

  final class Active {
    let path: RelativePath
    let reader: DirectoryReader
    /// Whether its files were looked at before.
    let isKnown: Bool

    init(_ path: RelativePath, _ reader: consuming DirectoryReader, isKnown: Bool) {
      self.path = path
      self.reader = reader
      self.isKnown = isKnown
    }
  }

  var isUnderWay: Bool { begun != nil }

  mutating func begin(_ places: [RelativePath], since horizon: Timestamp, wall: Timestamp, at now: MonotonicInstant) {
    (self.places, self.horizon, begun, next) = (places, horizon, wall, now)
  }

  /// The directory to open next; nil at the end.
  mutating func take() -> RelativePath? {
    while true {
      if let path = walk.next() { return path }
      guard let place = places.popLast() else { return nil }
      self.place = place
      walk = TreeWalk(from: place)
    }
  }

  mutating func list(_ directory: Active) {
    active = directory
    walk.begin(directory.path)
  }

  mutating func enter(_ name: [UInt8]) { walk.add(name) }

  mutating func end() { active = nil }

  mutating func rest(after cost: Duration, at now: MonotonicInstant) { next = now + cost * 199 }

  mutating func finish() { (begun, next) = (nil, nil) }
}

extension FolderWatcher {
  /// Whether a step can be made now: nothing else waits for it.
  func canLookAtPlaces(at now: MonotonicInstant) -> Bool {
    root != nil && scans.isIdle && placeSurvey.next.map { $0 <= now } ?? false
  }

  /// A scan of everything has ended: what people put into places of ours, it does not see.
  func beginPlaceSurvey(at now: MonotonicInstant) {
    guard !placeSurvey.isUnderWay, root != nil, let known = try? services.known.knownSince() else { return }
    let wall = services.wallClock()
    let first = max(known, wall + (.zero - services.history()))
    if foreign.mustCount { placesSeen = nil }
    if placesSeen == nil { foreign.beginCount() }
    placesFloor = first
    placeSurvey.begin(rules.places, since: max(placesSeen ?? first, first), wall: wall, at: now)
  }

  /// Opens a directory of a place, or looks through one buffer of the open one.
  func placeStep(at now: MonotonicInstant) {
    let begun = ThreadTime.now
    if let directory = placeSurvey.active {
      look(through: directory)
    } else if let path = placeSurvey.take() {
      openPlace(path)
    } else {
      endPlaceSurvey()
      return
    }
    placeSurvey.rest(after: ThreadTime.now - begun, at: .now)
  }

  private func endPlaceSurvey() {
    // What was not at rest this time is looked at the next.
    placesSeen = placeSurvey.begun.map { $0 + (.zero - Leftover.age - .seconds(60)) }
    placeSurvey.finish()
    foreign.forget { path in
      beat()
      return isGone(path) || !rules.places.contains { path.isSame(as: $0, orBelow: true) }
    }
  }

  /// What cannot be opened is left out: the daemon says elsewhere that it cannot put files there.
  private func openPlace(_ path: RelativePath) {
    guard let root, let reader = try? root.openDirectory(path), let found = try? reader.status() else { return }
    status.closed.note(path, try? reader.rights(found))
    let isKnown = Timestamp(nanoseconds: found.identity.changed) < placeSurvey.horizon
    // Most file systems count subdirectories as links; those that do not say 1.
    if isKnown, found.links == 2 { return }
    placeSurvey.list(PlaceSurvey.Active(path, reader, isKnown: isKnown))
  }

  private func look(through directory: PlaceSurvey.Active) {
    guard let entries = try? directory.reader.next() else { return placeSurvey.end() }
    let wall = services.wallClock()
    var files: [(file: PlacedFile, path: RelativePath)] = []
    for entry in entries where !OwnTemporaryName.isOne(entry.name[...]) {
      beat()
      switch entry.kind ?? (try? directory.reader.status(of: entry.name).kind) {
      case .directory?: placeSurvey.enter(entry.name)
      case .file? where !directory.isKnown:
        if let file = placed(entry.name, in: directory, wall) { files.append(file) }
      default: break
      }
    }
    // A journal that cannot be read now tells nothing of whose they are.
    guard !files.isEmpty, let known = try? areKnown(files.map(\.file)) else { return }
    for ((file, path), isKnown) in zip(files, known) where !isKnown {
      let since = Timestamp(nanoseconds: file.identity.changed)
      foreign.add(Leftover(path: path, rule: .ownPlace(placeSurvey.place), since: since))
    }
  }

  /// Nil for what is no document, is not at rest, or is older than what the journal knows.
  private func placed(
    _ name: [UInt8], in directory: PlaceSurvey.Active, _ wall: Timestamp
  ) -> (file: PlacedFile, path: RelativePath)? {
    let path = directory.path.appending(name)
    guard name != OwnMark.file, !rules.isPassedOver(path),
      let origins = PlacedPaths.origins(of: path, in: placeSurvey.place),
      let status = try? directory.reader.status(of: name), status.kind == .file
    else { return nil }
    let changed = Timestamp(nanoseconds: status.identity.changed)
    let age = wall - changed
    guard changed >= placesFloor, age >= Leftover.age else { return nil }
    var identity = status.identity
    if !leaseProves { identity.inode = 0 }
    return (PlacedFile(origins: origins, identity: identity), path)
  }

  /// The folder may have had another name when it took them up.
  private func areKnown(_ files: [PlacedFile]) throws -> [Bool] {
    var known = try services.known.areKnown(files, folder: folder.name)
    for name in place.otherNames where known.contains(false) {
      for (index, isKnown) in try services.known.areKnown(files, folder: name).enumerated() where isKnown {
        known[index] = true
      }
    }
    return known
  }
}

extension NameRule {
  /// A place of the daemon's own, and a file in it that is not.
  static func ownPlace(_ place: RelativePath) -> NameRule {
    NameRule(pattern: place.escaped + "/", programs: "s3loggerd", kind: .ownPlace)
  }
}
