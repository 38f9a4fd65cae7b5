import DeliveryModel
import SystemSupport

/// Places in a folder at which other file systems are mounted. They are not entered, so that each is listed by name, unless
/// what is mounted there is a folder of its own.
extension FolderWatcher {
  /// The kernel refused to cross into another mount there. `isCounted` where a scan of everything met it.
  func noteMount(_ path: RelativePath, isCounted: Bool) {
    guard !isFolderOfItsOwn(path) else { return leftovers.forget(path) }
    // What lay there before is covered.
    tracker.forget(below: path)
    if leftovers.meet(path, changed: 0) { return }
    leftovers.add(
      Leftover(path: path, rule: .mount, since: services.wallClock()), changed: 0, isCounted: isCounted)
  }

  /// Whether another folder has the very directory that is mounted there. Its generation is not asked for: nothing is opened
  /// across a mount.
  private func isFolderOfItsOwn(_ path: RelativePath) -> Bool {
    guard let root, let mounted = try? root.status(of: path), mounted.kind == .directory else { return false }
    return services.neighbours.holder(folder.name, mounted.identity) { 0 } != nil
  }

  /// Something was mounted or unmounted somewhere: looks at the places in the folder that this is about, and no more.
  func reviewMounts() {
    let (before, now) = (Set(mountPoints).union(leftovers.mounts), points())
    mountPoints = now
    for path in before.symmetricDifference(now) where isEntered(path) {
      // What is mounted in a mount is hidden by that.
      if !now.contains(where: { $0 != path && path.isSame(as: $0, orBelow: true) }) { scans.request(path, deep: true) }
    }
  }

  /// Those that the kernel's table has below the folder; a mount over the folder may hide some of them.
  func points() -> Set<RelativePath> {
    guard let place = root?.place else { return [] }
    return Set(MountTable.points(below: place).compactMap { RelativePath(validating: $0) })
  }

  private func isEntered(_ path: RelativePath) -> Bool {
    guard folder.recursive, path.bytes.count <= Self.pathLimit else { return false }
    var next = path
    while next != .root {
      guard rules.judge(directory: next) == .take else { return false }
      next = next.directory
    }
    return true
  }
}
