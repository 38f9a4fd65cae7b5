import DeliveryModel

/// The files that were handed over and those of late, so that a late event or a scan that raced does not hand the same
/// state of a file over twice. Bounded; what it forgets costs one needless look by the receiver.
struct RecentOffers {
  /// With the receiver now.
  private var offered: [RelativePath: FileIdentity] = [:]
  private var accepted: [RelativePath: FileIdentity] = [:]
  private var order: [RelativePath] = []
  private var oldest = 0

  var inFlight: Int { offered.count }

  func contains(_ path: RelativePath, _ identity: FileIdentity) -> Bool {
    if let offered = offered[path], offered.matches(identity) { return true }
    return accepted[path].map { $0.matches(identity) } ?? false
  }

  mutating func offer(_ file: SettledFile) {
    offered[file.path] = file.identity
  }

  /// The receiver has it.
  mutating func accept(_ file: SettledFile) {
    if offered[file.path] == file.identity { offered[file.path] = nil }
    if accepted.updateValue(file.identity, forKey: file.path) == nil { remember(file.path) }
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
