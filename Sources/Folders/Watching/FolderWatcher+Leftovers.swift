import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// Files that a built-in rule, or a name of the daemon's own, passes over: which of them are left over, and which somebody wants delivered all the same.
extension FolderWatcher {
  /// An event on a name that a built-in rule passes over.
  func notePassedOver(_ path: RelativePath, leaves: Bool, at now: MonotonicInstant) {
    if leaves { leftovers.forget(path) } else { leftovers.note(path, at: now) }
  }

  /// A scan met such names in a directory.
  func passOver(_ files: [PassedOverFile], in directory: OpenDirectory, at now: MonotonicInstant) {
    let wallNow = services.wallClock()
    var old: [(file: PassedOverFile, identity: FileIdentity)] = []
    for file in files {
      beat()
      guard let status = try? directory.reader.status(of: file.name), status.kind == .file else { continue }
      let age = wallNow - Timestamp(nanoseconds: status.identity.changed)
      if leftovers.meet(file.path, changed: status.identity.changed) { continue }
      // One that seems to be of a time to come was changed under another clock.
      if age >= Leftover.age || age < .zero {
        old.append((file, status.identity))
      } else {
        leftovers.note(file.path, at: now, after: Leftover.age - age)
      }
    }
    guard !old.isEmpty else { return }
    let known = try? services.known.known(old.map(\.file.name), in: directory.visit.path, folder: folder.name)
    for (file, identity) in old where known?[file.name]?.matching(identity) == nil {
      consider(file.path, file.rule, identity, isCounted: directory.visit.purpose != .directory, at: now)
    }
  }

  /// Looks at those that were left alone for half an hour.
  func lookAtLeftovers(at now: MonotonicInstant) {
    guard let root else { return }
    var looked = 0
    while looked < Self.leftoversAtOnce, let path = leftovers.next(at: now) {
      looked += 1
      beat()
      guard let rule = rules.rule(of: path) ?? rules.ownName(path), let status = try? root.status(of: path),
        status.kind == .file
      else {
        continue
      }
      let age = services.wallClock() - Timestamp(nanoseconds: status.identity.changed)
      if age < Leftover.age, age >= .zero {
        leftovers.note(path, at: now, after: max(Leftover.age - age, .seconds(60)))
      } else if !isKnown(path, status.identity) {
        consider(path, rule, status.identity, isCounted: false, at: now)
      }
    }
  }

  /// Files looked at in one turn.
  private static let leftoversAtOnce = 64

  /// One that somebody holds open is no leftover yet. What a system keeps for itself is not asked about.
  private func consider(
    _ path: RelativePath, _ rule: NameRule, _ identity: FileIdentity, isCounted: Bool, at now: MonotonicInstant
  ) {
    if rule.kind == .ownName, isOurPage(path) { return }
    if rule.kind != .metadata {
      guard let root else { return }
      switch FileProbe.run(path, in: root) {
      case .observed(let observation) where observation.lease != .writerOpen: break
      case .observed, .inUse, .failed: return leftovers.note(path, at: now, after: .seconds(60))
      case .gone, .ignored, .unreadable: return
      }
    }
    leftovers.add(
      Leftover(path: path, rule: rule, since: Timestamp(nanoseconds: identity.changed)), changed: identity.changed,
      isCounted: isCounted)
  }

  /// Whether the file is the daemon's own page, or that cannot be told now. Of all names that it keeps for itself only that
  /// one is a file's.
  private func isOurPage(_ path: RelativePath) -> Bool {
    guard path == FolderSettings.page, let root else { return false }
    return (try? root.holderOfPage(path.bytes)) != .others
  }

  // MARK: Orders

  /// Somebody wants a file delivered that a built-in rule passes over. `answer` is called once with what came of it; until then the order
  /// may be given again.
  func take(_ path: RelativePath, at now: MonotonicInstant, answer: @escaping @Sendable (TakeOutcome) -> Void) {
    guard let root else { return }
    if orders[path] != nil, tracker.contains(path) || offers.isOffered(path) { return }
    switch rules.obstacle(to: path) {
    case nil, .rule?: break
    case .ownName?: if isOurPage(path) { return answer(.refused(.own)) }
    case let obstacle?: return answer(.refused(obstacle))
    }
    do throws(SystemCallError) {
      let found = try root.status(of: path)
      guard found.kind == .file else { return answer(.noFile) }
      if isKnown(path, found.identity) { return answer(.accepted) }
    } catch {
      // Anything else may pass: the order is given again.
      if case .gone = FileProbe.outcome(of: error) { answer(.noFile) }
      return
    }
    orders[path] = answer
    offers.forget(path)
    // As if it were new here: it must come to rest, and is then handed over.
    tracker.note(.created, path, at: now, received: services.wallClock())
  }

  /// The receiver has the file.
  func carriedOut(_ path: RelativePath) {
    leftovers.forget(path)
    orders.removeValue(forKey: path)?(.accepted)
  }
}

/// A file with a name that a built-in rule passes over.
struct PassedOverFile {
  let name: [UInt8]
  let path: RelativePath
  let rule: NameRule
}

/// What came of an order to deliver a file that is passed over.
package enum TakeOutcome: Sendable, Equatable {
  /// It is in the journal.
  case accepted
  /// There is no such file.
  case noFile
  /// Something else than its name is in the way.
  case refused(NameRules.Obstacle)
}
