import DeliveryModel
import SystemSupport

/// What a scan met, beside what the journal has of it.
extension FolderWatcher {
  /// Takes up the files that neither the journal nor the tracker knows in their present state.
  func compare(_ files: [[UInt8]], in directory: OpenDirectory, at now: MonotonicInstant) throws {
    let purpose = directory.visit.purpose
    if purpose != .directory { scans.whole?.files += files.count }
    let known = try known(files, in: directory.visit.path)
    let wallNow = services.wallClock()
    for (name, known) in zip(files, known) {
      beat()
      if known?.state == .logged { directory.delivered += 1 }
      guard let status = status(of: name, in: directory) else { continue }
      var identity = status.identity
      if isAsKnown(&identity, of: name, known, owner: status.owner, in: directory) { continue }
      let path = directory.visit.path.appending(name)
      if offers.contains(path, identity) {
        unreadable.forget(path)
        continue
      }
      if purpose == .start, takeAtRest(path, identity, known, wallNow: wallNow) { continue }
      tracker.found(
        path, identity, by: discovery(by: purpose), at: now, received: wallNow,
        rested: wallNow - Timestamp(nanoseconds: identity.changed), isKnownOtherwise: known != nil)
    }
  }

  /// Whether the journal has the file as it is. Its generation is asked for where another file may have its inode number and
  /// all else (``KnownFile/outlasted``).
  private func isAsKnown(
    _ identity: inout FileIdentity, of name: [UInt8], _ known: KnownFile?, owner: UInt32, in directory: OpenDirectory
  ) -> Bool {
    guard let known, let same = known.matching(identity) else { return false }
    if leaseProves, known.outlasted, same == known.identity {
      identity.generation = same.generation
    } else {
      let hasGeneration = same.generation != 0 && same.inode != 0
      identity.generation = hasGeneration ? directory.reader.generation(of: name) : 0
      guard same.matches(identity) else { return false }
    }
    if same.device != identity.device {
      noteDevice(directory.visit.path.appending(name), identity, known, owner: owner)
    }
    if !unreadable.isEmpty { unreadable.forget(directory.visit.path.appending(name)) }
    return true
  }

  /// The disk has another number than before, as after a restart of the machine: what looks for the file by it must find it.
  /// Nothing is read. Where numbers come and go, none is noted.
  private func noteDevice(
    _ path: RelativePath, _ identity: FileIdentity, _ known: KnownFile?, owner: UInt32
  ) {
    foundDevice(identity.device)
    guard leaseProves, let known, known.identity.matches(identity), let number = known.number,
      !offers.has(path), !tracker.contains(path)
    else { return }
    let (now, same) = (services.wallClock(), known.identity)
    let file = SettledFile(
      folder: folder.name, path: path, identity: identity, owner: owner, received: now, settled: now, evidence: .atRest,
      discovery: .startScan, root: place.root,
      // Nothing was done to it, so that nothing follows.
      recognition: Recognition(number: number, proof: .attributes(of: same), isDelivered: false, isTouched: false))
    offers.offer(file)
    surveys.offered += 1
    settled.append(file)
  }

  /// Nil for what is gone, or cannot be told apart now: in a directory that may be listed but not entered.
  private func status(of name: [UInt8], in directory: OpenDirectory) -> FileStatus? {
    do throws(SystemCallError) {
      return try directory.reader.status(of: name)
    } catch {
      if case .unreadable = FileProbe.outcome(of: error) {
        refuse(directory.visit.path.appending(name), isDirectory: false, error)
      }
      return nil
    }
  }

  /// A file that had come to rest before the daemon looked need not wait for a window that has long passed.
  private func takeAtRest(
    _ path: RelativePath, _ identity: FileIdentity, _ known: KnownFile?, wallNow: Timestamp
  ) -> Bool {
    let age = wallNow - Timestamp(nanoseconds: identity.changed)
    guard age >= max(folder.settle, .milliseconds(1)), leaseProves, let root, !tracker.contains(path) else {
      return false
    }
    if identity.size == 0, age < SettleTracker.emptyWindow || hasUnfinishedPartner(path, since: identity, at: .now) {
      return false
    }
    guard case .observed(var observation) = FileProbe.run(path, in: root, wantsRights: folder.tellsContents),
      observation.lease == .noWriter, observation.identity.matches(identity)
    else { return false }
    var finding = SettleFinding(received: wallNow, evidence: .atRest, discovery: discovery(by: .start))
    finding.recognition = recognition(of: &observation.identity, known, after: .found)
    offer(path, observation, finding)
    return true
  }
}
