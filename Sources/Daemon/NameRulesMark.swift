import DeliveryModel
@preconcurrency import Dispatch
import Glibc
import Synchronization
import SystemSupport

/// By which rules for names the folders were last watched: a small file in the state directory. Its first line is a number, which
/// grows with the rules; then come the folders of which nobody was told yet what the upgrade changes.
///
/// There is none after a version up to 1.0, whose rules have the number 1.
final class NameRulesMark: Sendable {
  static let fileName = "name-rules"
  static let version = 2

  private let path: String
  private let open: Mutex<Set<String>>
  private static let queue = DispatchQueue(label: "s3loggerd.name-rules")

  /// Blocks.
  convenience init(_ hold: StateHold, folders: [String]) {
    self.init(directory: hold.directory, folders: folders)
  }

  init(directory: String, folders: [String]) {
    path = directory + "/" + Self.fileName
    let former = Self.read(path)
    let told = former.map { $0.version >= Self.version } ?? false
    open = Mutex(told ? former?.folders ?? [] : Set(folders))
    if !told { write() }
  }

  /// For a journal that was just made: there is nothing to be told. Where it cannot be written, names are told that never were
  /// otherwise, which harms nobody.
  static func begin(in directory: String) {
    try? AtomicFile.replace(directory + "/" + fileName, with: bytes([]), mode: 0o640)
    StateOwner.give([fileName], in: directory)
  }

  /// Whether somebody is still to be told what changes in the folder.
  func isOpen(_ folder: String) -> Bool { open.withLock { $0.contains(folder) } }

  /// Somebody was told. Not durable yet when it returns: a start after a crash tells once more.
  func close(_ folder: String) {
    guard open.withLock({ $0.remove(folder) != nil }) else { return }
    Self.queue.async { self.write() }
  }

  /// For tests: waits until all is written.
  static func drain() { queue.sync {} }

  private func write() {
    let folders = open.withLock { $0 }
    try? AtomicFile.replace(path, with: Self.bytes(folders.sorted()), mode: 0o640)
  }

  private static func bytes(_ folders: [String]) -> [UInt8] {
    Array((["\(version)"] + folders).map { $0 + "\n" }.joined().utf8)
  }

  private static func read(_ path: String) -> (version: Int, folders: Set<String>)? {
    guard let bytes = try? SmallFile.read(path) else { return nil }
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    guard let first = lines.first, let version = Int(first) else { return nil }
    return (version, Set(lines.dropFirst()))
  }
}
