import DeliveryModel
import Glibc

/// How much memory this process may take, with all that is counted against it: by its control group (`cgroups(7)`, both
/// versions) and by what the machine has.
package enum MemoryLimit {
  /// Bytes; the lowest bound on the way from the process's own group up. Nil where there is none. `root`: below what
  /// `/proc` and `/sys` are looked for.
  package static func ofGroup(root: String = "") -> Int64? {
    guard let bytes = try? SmallFile.read(root + "/proc/self/cgroup", limit: 1 << 16) else { return nil }
    return String(decoding: bytes, as: UTF8.self).pieces(at: "\n").compactMap { line in
      let parts = line.pieces(at: ":")
      guard parts.count >= 3 else { return nil }
      let fields = [parts[0], parts[1], parts[2...].joined(separator: ":")]
      if fields[1].isEmpty {
        // Beside the hierarchies of version 1 it is at a place of its own.
        return lowest(in: root + "/sys/fs/cgroup", fields[2], ["memory.max", "memory.high"])
          ?? lowest(in: root + "/sys/fs/cgroup/unified", fields[2], ["memory.max", "memory.high"])
      }
      guard fields[1].pieces(at: ",").contains("memory") else { return nil }
      return lowest(in: root + "/sys/fs/cgroup/memory", fields[2], ["memory.limit_in_bytes"])
    }.min()
  }

  /// Of one group of version 2, such as `/system.slice/s3loggerd.service`, with those above it.
  package static func of(group: String, root: String = "") -> Int64? {
    lowest(in: root + "/sys/fs/cgroup", group, ["memory.max", "memory.high"])
      ?? lowest(in: root + "/sys/fs/cgroup/memory", group, ["memory.limit_in_bytes"])
  }

  /// Bytes of memory that the machine has.
  package static var ofMachine: Int64 {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? Int64(pages) * Int64(size) : .max
  }

  private static func lowest(in hierarchy: String, _ group: String, _ files: [String]) -> Int64? {
    var names = group.pieces(at: "/").filter { !$0.isEmpty && $0 != "." && $0 != ".." }
    var found: Int64?
    while true {
      let directory = ([hierarchy] + names).joined(separator: "/")
      for file in files {
        guard let value = read(directory + "/" + file) else { continue }
        found = min(found ?? value, value)
      }
      if names.popLast() == nil { return found }
    }
  }

  /// Nil for `max`, and for what version 1 writes instead: a number of pages that no machine has.
  private static func read(_ path: String) -> Int64? {
    guard let bytes = try? SmallFile.read(path, limit: 64),
      let value = Int64(String(decoding: bytes.prefix { (48...57).contains($0) }, as: UTF8.self)), value < 1 << 60
    else { return nil }
    return value
  }
}
