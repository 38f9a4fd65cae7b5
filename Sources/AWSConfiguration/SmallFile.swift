import Glibc

/// Reads the small text files that hold settings and secrets.
package enum SmallFile {
  /// Bytes.
  package static let limit = 1 << 20

  package enum Failure: Error, Equatable {
    case missing
    /// `errno`.
    case unreadable(Int32)
    /// A pipe, a socket or a device.
    case notFile
    case tooLarge
  }

  package struct Content {
    package var bytes: [UInt8]
    /// Whether every account of the machine may read it (`S_IROTH`).
    package var isPublic: Bool
  }

  /// The file's content; see open(2), fstat(2), read(2).
  package static func read(_ path: String) throws(Failure) -> Content {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    if status.st_mode & S_IFMT == S_IFDIR { throw .unreadable(EISDIR) }
    // People say with /dev/null (character device 1, 3) that there is none.
    let isNull = status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0x103
    guard status.st_mode & S_IFMT == S_IFREG || isNull else { throw .notFile }
    return Content(bytes: try bytes(of: descriptor), isPublic: status.st_mode & S_IROTH != 0)
  }

  private static func bytes(of descriptor: Int32) throws(Failure) -> [UInt8] {
    var bytes = [UInt8]()
    var chunk = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw failure()
      }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= limit else { throw .tooLarge }
    }
  }

  private static func failure() -> Failure {
    let code = errno
    return code == ENOENT || code == ENOTDIR ? .missing : .unreadable(code)
  }

  /// The failure in words, after the file's name.
  package static func describe(_ failure: Failure) -> String {
    switch failure {
    case .missing: "does not exist"
    case .unreadable(let code): "cannot be read (\(String(cString: strerror(code))))"
    case .notFile: "is no regular file, but a pipe, a socket or a device"
    case .tooLarge: "is larger than 1 MiB"
    }
  }
}
