import Foundation

/// What this process takes of the machine's memory now.
package enum ResidentMemory {
  /// Bytes; proc(5), statm.
  package static var bytes: Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
  }
}
