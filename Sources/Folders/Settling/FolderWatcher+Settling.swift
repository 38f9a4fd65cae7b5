import DeliveryModel
import SystemSupport

extension FolderWatcher {
  /// Looks at the files whose time has come, as far as there is room to hand them over.
  func settleDue(at now: MonotonicInstant) {
    guard let root else { return }
    while settled.count < Self.batchLimit, let step = tracker.next(at: now) {
      beat()
      switch step {
      case .look(let path): look(path, in: root, at: now)
      case .probe(let path): probe(path, in: root, at: now)
      }
    }
  }

  private func look(_ path: RelativePath, in root: RootDirectory, at now: MonotonicInstant) {
    let status = try? root.status(of: path)
    switch status?.kind {
    case .symbolicLink?: ignore(path, .symbolicLink)
    case .special?: ignore(path, .special)
    case .directory?: tracker.forget(path)
    case .file?, nil: tracker.looked(path, status?.identity, at: now)
    }
  }

  private func probe(_ path: RelativePath, in root: RootDirectory, at now: MonotonicInstant) {
    let outcome = FileProbe.run(path, in: root, wantsRights: folder.tellsContents)
    if case .unreadable = outcome {} else if !unreadable.isEmpty { unreadable.forget(path) }
    switch outcome {
    case .gone: tracker.forget(path)
    case .ignored(let reason): ignore(path, reason)
    case .unreadable(let error):
      // What was delivered, and lost its rights since, needs nobody; what was written to before is read once it may be.
      // What the journal knows is looked up once it has what was handed over before.
      if offers.isOffered(path) {
        _ = tracker.probed(path, .failed, at: now)
        return
      }
      guard tracker[path]?.trace == .attributes, let status = try? root.status(of: path), recognizeUnread(path, status)
      else { return refuse(path, isDirectory: false, error) }
      tracker.forget(path)
      unreadable.forget(path)
    case .inUse: _ = tracker.probed(path, .inUse, at: now)
    case .failed(let error):
      status.problem = "\(status.closed.shown(path)): \(error.meaning)"
      _ = tracker.probed(path, .failed, at: now)
    case .observed(let observation): judge(path, observation, at: now)
    }
  }

  private func judge(_ path: RelativePath, _ observation: FileProbe.Observation, at now: MonotonicInstant) {
    guard let entry = tracker[path] else { return }
    if isPage(named: Array(path.name), in: path.directory) { return tracker.forget(path) }
    var observation = observation
    // What the journal knows is looked up once it has what was handed over before.
    if offers.isOffered(path), !offers.contains(path, observation.identity) {
      _ = tracker.probed(path, .failed, at: now)
      return
    }
    var probe = Self.probe(of: observation, leaseProves: leaseProves)
    if observation.identity.size == 0, hasUnfinishedPartner(path, since: observation.identity, at: now) {
      probe = .awaitsPartner
    }
    guard let evidence = tracker.probed(path, probe, at: now) else { return }
    var finding = SettleFinding(received: entry.received, evidence: evidence, discovery: entry.discovery)
    // A file that is new to all is not looked up.
    if !entry.isNew && entry.discovery == .event || entry.isKnownOtherwise || offers.has(path) {
      let known = knownFile(path)
      if known?.matching(observation.identity) != nil, !entry.isNew { return }
      // A write by another name of it is an event of the directory of that name.
      let isProved = probe.isLeased && observation.links == 1
      finding.recognition = recognition(
        of: &observation.identity, known, after: entry.trace == .attributes && !isProved ? .closed : entry.trace)
    }
    // A copy that took its mtime along may be of one that nobody wants. Every other new file has a later one.
    if finding.recognition == nil, entry.isNew, hasOlderTime(observation.identity), let known = knownFile(path),
      known.isDismissed
    {
      finding.recognition = recognition(of: &observation.identity, known, after: .written)
    }
    offer(path, observation, finding)
  }

  /// Whether its mtime was set back.
  private func hasOlderTime(_ identity: FileIdentity) -> Bool {
    Timestamp(nanoseconds: identity.changed) - Timestamp(nanoseconds: identity.modified) > .seconds(1)
  }

  /// What the file may be of already. Where inode numbers come and go, it has none from now on.
  func recognition(of now: inout FileIdentity, _ known: KnownFile?, after trace: FileTrace) -> Recognition? {
    guard let known, let recognition = known.recognition(of: now, after: trace, isLocal: leaseProves) else {
      return nil
    }
    if !leaseProves, known.identity.inode == 0 || !known.identity.isSameFile(as: now) { now = now.withoutInode }
    return recognition
  }

  private static func probe(of observation: FileProbe.Observation, leaseProves: Bool) -> SettleProbe {
    if observation.lease == .writerOpen { return .inUse }
    return .quiet(observation.identity, lease: observation.lease == .noWriter && leaseProves)
  }

  /// Hands a file over, unless this very state of it was handed over just now.
  func offer(_ path: RelativePath, _ observation: FileProbe.Observation, _ finding: SettleFinding) {
    if offers.contains(path, observation.identity) { return }
    if finding.discovery == .rescan, finding.recognition == nil || finding.recognition?.isTouched == true {
      status.missedEvents += 1
      services.report(.missed(folder: folder.name, path: path))
    }
    if finding.recognition == nil { noteRevision(path, observation.identity) }
    let file = SettledFile(
      folder: folder.name, path: path, identity: observation.identity, owner: observation.owner,
      received: finding.received, settled: services.wallClock(), evidence: finding.evidence,
      discovery: finding.discovery, root: place.root,
      audience: status.closed.audience(of: path, observation.rights, services.groups),
      recognition: finding.recognition)
    offers.offer(file)
    surveys.offered += 1
    settled.append(file)
  }

  /// A file that changed soon after it was handed over makes the window longer for a while.
  private func noteRevision(_ path: RelativePath, _ identity: FileIdentity) {
    let now = MonotonicInstant.now
    let since = now + (.zero - SettleWindow.memory)
    guard offers.isRevision(path, identity, since: since, areTaken: folder.areDeliveredTaken) else { return }
    if window.provedShort(at: now) {
      tracker.change(window: window.current)
      services.report(
        .windowLengthened(folder: folder.name, path: path, to: window.current, whileNoneFor: SettleWindow.memory))
    }
  }

  /// Whether the journal has this state of the file: it was opened for writing and not changed.
  func isKnown(_ path: RelativePath, _ identity: FileIdentity) -> Bool { knownFile(path)?.matching(identity) != nil }

  /// What the journal has of the file.
  func knownFile(_ path: RelativePath) -> KnownFile? {
    guard let found = try? known([Array(path.name)], in: path.directory) else { return nil }
    return found[0]
  }

  /// Whether the journal has the file, of which the kernel told no more than that its attributes changed: its rights may be
  /// what it lost. The journal takes on its present state, so that no later scan wants to read it.
  private func recognizeUnread(_ path: RelativePath, _ status: FileStatus) -> Bool {
    guard let known = knownFile(path), known.state != .withdrawn else { return false }
    var (identity, before) = (status.identity, known.identity)
    identity.generation = before.generation
    before.changed = identity.changed
    guard before.matches(identity) else { return false }
    if let recognition = recognition(of: &identity, known, after: .attributes),
      case .attributes = recognition.proof
    {
      let now = services.wallClock()
      let file = SettledFile(
        folder: folder.name, path: path, identity: identity, owner: status.owner, received: now, settled: now,
        evidence: .quietWindow, discovery: .event, root: place.root, recognition: recognition)
      offers.offer(file)
      surveys.offered += 1
      settled.append(file)
    }
    return true
  }

  private func ignore(_ path: RelativePath, _ reason: IgnoreReason) {
    tracker.forget(path)
    unreadable.forget(path)
    countIgnored(reason, 1)
    if reason == .mount { noteMount(path, isCounted: false) }
  }

  /// Kept by name up to a bound, so that each is told once; tried again when its attributes change and at each rescan.
  func refuse(_ path: RelativePath, isDirectory: Bool, _ error: SystemCallError) {
    let noticed = tracker[path]?.noticed
    tracker.forget(path)
    if unreadable.note(
      path, isDirectory: isDirectory, reason: error.meaning, at: .now, since: services.wallClock(), noticed: noticed)
    {
      services.report(.unreadable(folder: folder.name, path: path, reason: error.meaning))
    }
  }
}

extension SettleProbe {
  /// Whether the kernel proved that nobody writes.
  fileprivate var isLeased: Bool { if case .quiet(_, lease: true) = self { true } else { false } }
}

/// How a file was noticed and judged.
struct SettleFinding {
  let received: Timestamp
  let evidence: SettleEvidence
  let discovery: Discovery
  /// What it may be of already.
  var recognition: Recognition?
}
