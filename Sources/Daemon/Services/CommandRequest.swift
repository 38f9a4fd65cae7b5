package import DeliveryModel
import Glibc
import SystemSupport

/// A request of a command to the daemon, as a small text file: `retry all`, `retry 12 13`, `dismiss 12 13`,
/// `take inbox 4e6f74697a2e746d70` (a folder, and a path's bytes as hexadecimal digits) or `progress`.
package enum CommandRequest: Sendable, Equatable {
  case retry(RetryRequest)
  /// To end these deliveries.
  case dismiss([Int64])
  /// To deliver a file that a built-in rule passes over.
  case take(folder: String, path: RelativePath)
  /// To write down once how far the bodies under way are: see ``TransferReport``.
  case progress

  /// Nil for anything but a well-formed request.
  package init?(bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace)
    switch words.first {
    case "retry" where words.count > 1:
      let numbers = words.dropFirst().map { Int64($0) }
      if words.count == 2, words[1] == "all" {
        self = .retry(.all)
      } else if !numbers.contains(nil) {
        self = .retry(.numbers(numbers.compactMap { $0 }))
      } else {
        return nil
      }
    case "take" where words.count == 3:
      guard let path = Hexadecimal.decode(words[2]).flatMap(RelativePath.init(validating:)) else { return nil }
      self = .take(folder: String(words[1]), path: path)
    case "dismiss" where words.count > 1:
      let numbers = words.dropFirst().map { Int64($0) }
      guard !numbers.contains(nil) else { return nil }
      self = .dismiss(numbers.compactMap(\.self))
    case "progress" where words.count == 1: self = .progress
    default: return nil
    }
  }

  /// What ``init(bytes:)`` reads.
  package var bytes: [UInt8] {
    switch self {
    case .retry(.all): Array("retry all\n".utf8)
    case .retry(.numbers(let numbers)):
      Array(("retry " + numbers.map(String.init).joined(separator: " ") + "\n").utf8)
    case .take(let folder, let path): Array("take \(folder) \(Hexadecimal.encode(path.bytes))\n".utf8)
    case .dismiss(let numbers): Array(("dismiss " + numbers.map(String.init).joined(separator: " ") + "\n").utf8)
    case .progress: Array("progress\n".utf8)
    }
  }

  /// Where requests are dropped, below the state directory.
  package static let directoryName = "commands"
  private static let ending = ".request"

  /// Drops the request for the daemon to find. Root gives it to the directory's owner: the daemon runs as another user.
  /// One about progress takes the place of the one before, if that is still there.
  package func drop(in stateDirectory: String) throws {
    let directory = "\(stateDirectory)/\(Self.directoryName)"
    let own = "\(getpid())-\(self == .progress ? "progress" : String(UInt32.random(in: 0 ... .max)))"
    let name = directory + "/" + own
    try AtomicFile.replace(name, with: bytes, mode: 0o640, durable: self != .progress)
    StateOwner.give([own], in: directory)
    guard rename(name, name + Self.ending) == 0 else {
      let code = errno
      _ = unlink(name)
      throw SystemCallError(call: "rename", code: code, path: Array(directory.utf8))
    }
  }

  /// The names of the requests in a directory; what is still being written aside has another ending.
  static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(ending) { names.append(name) }
    }
    return names.sorted()
  }
}
