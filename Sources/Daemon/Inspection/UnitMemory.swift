import DeliveryModel
import SystemSupport

/// How much memory the service may take, for `check`, which is not the service: by its control group while it runs, by the
/// unit's files while it does not.
struct UnitMemory {
  private static let unit = "s3loggerd.service"
  /// Where systemd looks for units, the first counts (systemd.unit(5)).
  private static let directories = [
    "/etc/systemd/system.control", "/run/systemd/system.control", "/etc/systemd/system", "/run/systemd/system",
    "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
  ]

  /// Below what everything is looked for.
  var root = ""

  /// Bytes; nil for no bound. Where no unit is installed it is this process's own.
  var limit: Int64? {
    if let running = MemoryLimit.of(group: "/system.slice/\(Self.unit)", root: root) { return running }
    let places = Self.directories.map { root + $0 }
    guard let main = places.lazy.compactMap({ text(of: "\($0)/\(Self.unit)") }).first else {
      return MemoryLimit.ofGroup(root: root)
    }
    return ([main] + dropIns(places)).reduce(nil) { Self.limit(in: $1, before: $0) }
  }

  /// In the order in which they count: by name, each name once.
  private func dropIns(_ places: [String]) -> [String] {
    var found: [(name: [UInt8], text: String)] = []
    for place in places {
      let directory = "\(place)/\(Self.unit).d"
      for name in names(in: directory) where !found.contains(where: { $0.name == name }) {
        let path = directory + "/" + String(decoding: name, as: UTF8.self)
        found.append((name, text(of: path) ?? ""))
      }
    }
    return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }.map(\.text)
  }

  private func names(in directory: String) -> [[UInt8]] {
    guard let reader = try? RootDirectory(directory, isFolder: false).openDirectory(.root) else { return [] }
    var names: [[UInt8]] = []
    while let entries = try? reader.next() {
      names += entries.map { Array($0.name) }.filter { $0.suffix(5) == Array(".conf".utf8) }
    }
    return names
  }

  private func text(of path: String) -> String? {
    (try? SmallFile.read(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What holds after these lines; `before`: what held before them.
  static func limit(in text: String, before: Int64?) -> Int64? {
    text.pieces(at: "\n").reduce(before) { limit, line in
      let parts = line.pieces(at: "=").map(trimmed)
      guard parts.count == 2, parts[0].isSameText(as: "MemoryMax") else { return limit }
      return bytes(parts[1])
    }
  }

  private static func trimmed(_ text: String) -> Substring {
    let isBlank = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" || scalar == "\r" }
    var scalars = text[...].unicodeScalars
    while scalars.first.map(isBlank) == true { scalars.removeFirst() }
    while scalars.last.map(isBlank) == true { scalars.removeLast() }
    return Substring(scalars)
  }

  /// As systemd writes sizes; nil for `infinity`, and for what it would not understand.
  private static func bytes(_ text: Substring) -> Int64? {
    let units: [Unicode.Scalar: Int64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    guard let last = text.unicodeScalars.last else { return nil }
    if last == "%" {
      return Int64(text.dropLast()).map { MemoryLimit.ofMachine / 100 * min(max($0, 0), 100) }
    }
    guard let unit = units[last] else { return Int64(text) }
    let (bytes, isTooMuch) = (Int64(text.dropLast()) ?? -1).multipliedReportingOverflow(by: unit)
    return bytes < 0 || isTooMuch ? nil : bytes
  }
}
