import DeliveryModel

/// Who wrote which file last, of what a service's lines told. A value; of bounded size.
struct WriterTable {
  private struct Entry {
    let saver: FileSaver
    /// Of the last line that tells of it.
    var last: Timestamp
    /// Somebody else may have written to it since.
    var isDoubtful = false
  }

  private var entries: [[UInt8]: Entry] = [:]
  private var bytes = 0
  /// Shares that report each write.
  private var told: Set<[UInt8]> = []
  private let limit: (entries: Int, bytes: Int)

  init(limit: (entries: Int, bytes: Int) = (50_000, 8 << 20)) {
    self.limit = limit
  }

  /// What clocks and the lines of one save may differ by.
  private static let slack = Duration.seconds(5)
  /// A close belongs to a write that is not longer ago.
  private static let longestClose = Duration.seconds(60)

  /// Who wrote the file that has this path and this `ctime` (ns); nil where it changed after all that was reported of it, such
  /// as by a program on the server itself.
  func writer(of path: [UInt8], changed: Int64) -> FileSaver? {
    guard let entry = entries[path], !entry.isDoubtful,
      Timestamp(nanoseconds: changed) <= entry.last + Self.slack
    else { return nil }
    return entry.saver
  }

  mutating func take(_ line: SambaAuditLine, at moment: Timestamp) {
    let saver = FileSaver(user: line.user, address: line.address, source: "samba")
    if line.tellsWrites, told.count < 1000 { told.insert(line.share) }
    switch line.action {
    case .wrote(let path): set(path, Entry(saver: saver, last: moment))
    case .openedForWriting(let path):
      guard let entry = entries[path], entry.saver != saver, !told.contains(line.share) else { return }
      entries[path]?.isDoubtful = true
    case .touched(let path):
      guard let entry = entries[path], entry.saver == saver, moment <= entry.last + Self.longestClose else { return }
      entries[path]?.last = moment
    case .renamed(let old, let new): rename(old, new, saver, moment)
    case .removed(let path): set(path, nil)
    case .unclear(let paths): for path in paths { set(path, nil) }
    }
  }

  /// Lines are missing: nothing that is known is certain any more.
  mutating func forget() {
    entries.removeAll()
    bytes = 0
  }

  /// What was written under the old name stays its writer's; else the one who gave the name is all that is known.
  private mutating func rename(_ old: [UInt8], _ new: [UInt8], _ saver: FileSaver, _ moment: Timestamp) {
    var entry = entries[old] ?? Entry(saver: saver, last: moment)
    entry.last = moment
    set(old, nil)
    // A directory takes what is in it along.
    let prefix = old + [UInt8(ascii: "/")]
    for path in entries.keys where path.starts(with: prefix) {
      let moved = entries[path]
      set(path, nil)
      set(new + path[old.count...], moved)
    }
    set(new, entry)
  }

  private mutating func set(_ path: [UInt8], _ entry: Entry?) {
    if entries.removeValue(forKey: path) != nil { bytes -= path.count }
    guard let entry else { return }
    if entries.count >= limit.entries || bytes + path.count > limit.bytes { dropOldHalf() }
    entries[path] = entry
    bytes += path.count
  }

  private mutating func dropOldHalf() {
    let newest = entries.sorted { $0.value.last > $1.value.last }.prefix(entries.count / 2)
    entries = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0.value) })
    bytes = entries.keys.reduce(0) { $0 + $1.count }
  }
}
