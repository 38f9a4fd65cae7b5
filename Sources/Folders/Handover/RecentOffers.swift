import DeliveryModel
import SystemSupport

/// The files that were handed over and those of late, so that a late event or a scan that raced does not hand the same
/// state of a file over twice. Bounded; what it forgets costs one needless look by the receiver.
struct RecentOffers {
  /// With the receiver now.
  private var offered: [RelativePath: FileIdentity] = [:]
  private var accepted: [RelativePath: Accepted] = [:]
  private var order: [RelativePath] = []
  private var oldest = 0

  private struct Accepted {
    let identity: FileIdentity
    let at: MonotonicInstant
  }

  var inFlight: Int { offered.count }

  func contains(_ path: RelativePath, _ identity: FileIdentity) -> Bool {
    if let offered = offered[path], offered.matches(identity) { return true }
    return accepted[path].map { $0.identity.matches(identity) } ?? false
  }

  /// Whether any state of it was handed over of late.
  func has(_ path: RelativePath) -> Bool { offered[path] != nil || accepted[path] != nil }

  /// Whether the receiver has it now, and has not said yet that it is durable.
  func isOffered(_ path: RelativePath) -> Bool { offered[path] != nil }

  /// Whether another state of the file was accepted since `moment`; other attributes are none. Nor is another file, where
  /// those that are delivered leave the folder: `areTaken`.
  func isRevision(
    _ path: RelativePath, _ identity: FileIdentity, since moment: MonotonicInstant, areTaken: Bool = false
  ) -> Bool {
    guard let former = accepted[path], former.at > moment else { return false }
    let isOther = !former.identity.isSameFile(as: identity)
    if areTaken, isOther { return false }
    return isOther || former.identity.size != identity.size
      || former.identity.modified != identity.modified
  }

  mutating func offer(_ file: SettledFile) {
    offered[file.path] = file.identity
  }

  /// The receiver has it. Not if it wanted the file offered again meanwhile, which may be heard first: remembered, this state
  /// of it would never be offered again.
  mutating func accept(_ file: SettledFile, at now: MonotonicInstant) {
    guard offered[file.path] == file.identity else { return }
    offered[file.path] = nil
    if accepted.updateValue(Accepted(identity: file.identity, at: now), forKey: file.path) == nil {
      remember(file.path)
    }
  }

  /// The receiver wants it offered again.
  mutating func forget(_ path: RelativePath) {
    accepted[path] = nil
    offered[path] = nil
  }

  private mutating func remember(_ path: RelativePath) {
    if order.count < Self.capacity {
      order.append(path)
    } else {
      accepted[order[oldest]] = nil
      order[oldest] = path
      oldest = (oldest + 1) % Self.capacity
    }
  }

  private static let capacity = 4096
}
