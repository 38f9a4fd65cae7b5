/// When a process began. With its number it names the process for good: the number alone is used again.
package enum ProcessStart {
  /// In clock ticks since the machine started (`proc(5)`, field 22 of `stat`); nil where there is no such process.
  package static func ticks(of process: Int32) -> UInt64? {
    // The name before it may hold anything; only its end is a parenthesis for certain.
    guard let stat = try? SmallFile.read("/proc/\(process)/stat", limit: 4096),
      let end = stat.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = stat[end...].split(separator: UInt8(ascii: " "))
    return fields.count > 20 ? UInt64(String(decoding: fields[20], as: UTF8.self)) : nil
  }
}
