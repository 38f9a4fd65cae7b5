import Glibc
import SystemSupport

/// A limit of the kernel on a user's inotify (`inotify(7)`, `namespaces(7)`): in a user namespace the namespace's own
/// limit counts beside that of the system.
enum InotifyLimit: Sendable {
  case watches
  case instances

  /// The limit behind an error of `inotify_add_watch(2)` or `inotify_init1(2)`; nil for another error.
  init?(_ error: SystemCallError) {
    switch error.code {
    case ENOSPC: self = .watches
    case EMFILE: self = .instances
    default: return nil
    }
  }

  /// What is in force: the sysctl's name, and its value where `/proc` shows it (not under `ProcSubset=pid`).
  struct Setting: Equatable {
    let name: String
    let value: Int?

    /// The first that is lower than those before it.
    static func lowest(of settings: [Setting]) -> Setting? {
      settings.min { ($0.value ?? .max) < ($1.value ?? .max) }
    }
  }

  var setting: Setting {
    let settings = names.map { Setting(name: $0, value: Self.read($0)) }
    return Setting.lowest(of: settings) ?? Setting(name: names[0], value: nil)
  }

  /// What to do, in words, for a folder with so many directories, as far as they are known.
  func advice(_ setting: Setting, directories: Int) -> String {
    let kind = self == .watches ? "watches" : "instances"
    let now = setting.value.map { " (\($0))" } ?? ""
    return "the user's limit of inotify \(kind)\(now) is reached: polling instead, events again once there are enough; "
      + "sysctl \(setting.name)=\(sufficient(setting, directories: directories)) would do"
      + (self == .watches ? memory(for: directories) : "")
  }

  /// More watches are of no use without the memory for them.
  private func memory(for directories: Int) -> String {
    let weight = WatchBound.weight(ofDirectories: directories)
    return ", and takes \(WatchBound.written(max(weight, 1 << 20))) of the unit's memory (MemoryMax="
      + "\(WatchBound.written(WatchBound.sufficient(for: weight))) is enough for it)"
  }

  /// The whole of what is used now may be used by others, so it is added; then the next power of two.
  func sufficient(_ setting: Setting, directories: Int) -> Int {
    let others = setting.value ?? usual
    let wanted = self == .watches ? directories + 1 : 16
    var value = 1
    while value < others + wanted { value *= 2 }
    return value
  }

  private var names: [String] {
    switch self {
    case .watches: ["fs.inotify.max_user_watches", "user.max_inotify_watches"]
    case .instances: ["fs.inotify.max_user_instances", "user.max_inotify_instances"]
    }
  }

  /// Assumed where it cannot be read: at least what Linux sets by itself.
  private var usual: Int { self == .watches ? 524_288 : 128 }

  private static func read(_ name: String) -> Int? {
    let place = name.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "/") : $0 }
    let path = "/proc/sys/" + String(decoding: place, as: UTF8.self)
    guard let bytes = try? SmallFile.read(path, limit: 64) else { return nil }
    return Int(String(decoding: bytes.filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }, as: UTF8.self))
  }
}
