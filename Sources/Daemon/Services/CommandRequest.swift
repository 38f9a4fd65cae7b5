import Glibc
import SystemSupport

/// A request of a command to the daemon, as a small text file: `retry all`, or `retry 12 13`.
package struct CommandRequest: Sendable, Equatable {
  package let retry: RetryRequest

  package init(retry: RetryRequest) {
    self.retry = retry
  }

  /// Nil for anything but a well-formed request.
  package init?(bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.first == "retry", words.count > 1 else { return nil }
    if words.count == 2, words[1] == "all" {
      retry = .all
    } else {
      let numbers = words.dropFirst().map { Int64($0) }
      guard !numbers.contains(nil) else { return nil }
      retry = .numbers(numbers.compactMap { $0 })
    }
  }

  /// What ``init(bytes:)`` reads.
  package var bytes: [UInt8] {
    switch retry {
    case .all: Array("retry all\n".utf8)
    case .numbers(let numbers): Array(("retry " + numbers.map(String.init).joined(separator: " ") + "\n").utf8)
    }
  }

  /// Where requests are dropped, below the state directory.
  package static let directoryName = "commands"
  private static let ending = ".request"

  /// Drops the request for the daemon to find. Root gives it to the directory's owner: the daemon runs as another user.
  package func drop(in stateDirectory: String) throws {
    let directory = "\(stateDirectory)/\(Self.directoryName)"
    let name = "\(directory)/\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try AtomicFile.replace(name, with: bytes, mode: 0o640)
    var status = stat()
    if geteuid() == 0, stat(directory, &status) == 0 { _ = chown(name, status.st_uid, status.st_gid) }
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
