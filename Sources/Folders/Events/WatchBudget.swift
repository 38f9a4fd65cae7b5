import Synchronization
import SystemSupport

/// How much memory the watches of all folders may take. The kernel counts what a watch pins (the directory's inode and name)
/// against the control group of who sets it, and cannot give it back while the watch lives: without a bound, a tree that is
/// large enough has the service killed before it is ready, at every start.
package struct WatchBound: Sendable, Equatable {
  /// Bytes that the process may have.
  package let limit: Int64
  /// Bytes of them that are for watches.
  package let watches: Int64

  /// For everything else: 64 MiB of parts being read and sent, the journal's pages, connections, code, and the kernel's
  /// buffers.
  static let reserve: Int64 = 160 << 20

  /// `group`: the bound of the control group, nil for none; `machine`: the memory there is.
  package init(group: Int64?, machine: Int64) {
    let machine = max(machine, 1)
    limit = min(group ?? machine, machine)
    watches = min(group.map { max($0 - Self.reserve, $0 / 4) } ?? .max, machine / 2)
  }

  /// What is in force for this process.
  package static var current: WatchBound {
    WatchBound(group: MemoryLimit.ofGroup(), machine: MemoryLimit.ofMachine)
  }

  /// Bytes that watching so many directories takes, with names of usual length.
  package static func weight(ofDirectories count: Int) -> Int64 { Int64(count) * Int64(WatchTable.bytesOfWatch + 24) }

  /// A `MemoryMax=` under which so many bytes of watches fit, whichever folders they are of: whole 64 MiB.
  package static func sufficient(for weight: Int64) -> Int64 {
    let step: Int64 = 64 << 20
    return (weight / 3 * 4 + reserve + step) / step * step
  }

  /// Such as `1088M`, as `MemoryMax=` takes it.
  package static func written(_ bytes: Int64) -> String { "\(bytes >> 20)M" }

  /// In words, for a folder not all of whose watches fit; nil where nobody has counted its directories yet.
  func advice(directories: Int?, others: Int64) -> String {
    let bound = "that all folders' may take (\(Self.written(watches)) of \(Self.written(limit)))"
    guard let directories else {
      return "the watches of all its directories do not fit into the memory \(bound): the rest is polled"
    }
    let wanted = Self.sufficient(for: Self.weight(ofDirectories: directories + 1) + others)
    return "the watches of its \(directories) directories do not all fit into the memory \(bound): the rest is polled;"
      + " MemoryMax=\(Self.written(wanted)) would do (systemctl edit s3loggerd, then restart)"
  }
}

/// Shares the bound among folders: a quarter of it in equal parts, one for each folder whatever the others need, the rest to
/// who comes first. So no tree, however large, takes the events of a folder of usual size.
package struct WatchShares {
  let total: Int64
  /// How many folders there are.
  var folders: Int
  private var held: [String: Int64] = [:]

  package init(total: Int64, folders: Int) {
    self.total = total
    self.folders = folders
  }

  /// Whether the folder may hold so much; then it does.
  package mutating func hold(_ weight: Int64, folder: String) -> Bool {
    guard fits(weight, folder: folder) else { return false }
    held[folder] = weight
    return true
  }

  func fits(_ weight: Int64, folder: String) -> Bool {
    let floor = floor
    if weight <= floor { return true }
    let others = held.reduce(0) { $1.key == folder ? $0 : $0 + max(0, $1.value - floor) }
    return weight - floor + others <= total - floor * Int64(count)
  }

  mutating func release(_ folder: String) { held[folder] = nil }

  /// What all others hold.
  func others(than folder: String) -> Int64 { held.reduce(0) { $1.key == folder ? $0 : $0 + $1.value } }

  /// Of each folder.
  var floor: Int64 { total / 4 / Int64(count) }

  private var count: Int { max(folders, held.count, 1) }
}

/// The shares of a watcher's folders, for their threads.
package final class WatchBudget: Sendable {
  package let bound: WatchBound
  private let shares: Mutex<WatchShares>

  package init(_ bound: WatchBound = .current, folders: Int) {
    self.bound = bound
    shares = Mutex(WatchShares(total: bound.watches, folders: folders))
  }

  func setFolders(_ count: Int) { shares.withLock { $0.folders = count } }

  func hold(_ weight: Int, folder: String) -> Bool { shares.withLock { $0.hold(Int64(weight), folder: folder) } }

  func release(_ folder: String) { shares.withLock { $0.release(folder) } }

  func advice(directories: Int?, folder: String) -> String {
    bound.advice(directories: directories, others: shares.withLock { $0.others(than: folder) })
  }
}
