import SystemSupport

/// An argument as the shell gave it. Swift repairs what is not UTF-8, and the file of that name would not be found.
enum RawArgument {
  static func bytes(of text: String) -> [UInt8] {
    let repaired = Array(text.utf8)
    guard repaired.contains(where: { $0 >= 0x80 }), let line = try? SmallFile.read("/proc/self/cmdline", limit: 8 << 20)
    else {
      return repaired
    }
    let given = line.split(separator: 0).first { Array(String(decoding: $0, as: UTF8.self).utf8) == repaired }
    return given.map { Array($0) } ?? repaired
  }
}
