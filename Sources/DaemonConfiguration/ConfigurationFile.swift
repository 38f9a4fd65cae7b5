import Glibc

/// Reads a configuration file.
enum ConfigurationFile {
  /// Why it could not be read, in words.
  struct Failure: Error {
    let message: String
  }

  /// What is read, and what is to be said about who may write it.
  struct Content {
    let bytes: [UInt8]
    let isWritableByAll: Bool
    let isWritableByGroup: Bool
  }

  /// Reads at most one byte more than a configuration may have. Blocks.
  static func read(_ path: String) throws(Failure) -> Content {
    // O_NONBLOCK: a pipe in place of the file must not hold the daemon up.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Failure(message: unreadable(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure(message: unreadable(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(message: "is no regular file; name the configuration file with --config")
    }
    return Content(
      bytes: try bytes(of: descriptor), isWritableByAll: status.st_mode & S_IWOTH != 0,
      isWritableByGroup: status.st_mode & S_IWGRP != 0)
  }

  private static func bytes(of descriptor: Int32) throws(Failure) -> [UInt8] {
    var bytes = [UInt8]()
    while bytes.count <= ConfigurationText.maximumBytes {
      var code: Int32 = 0
      let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
        let result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        code = result < 0 ? errno : 0
        count = max(result, 0)
      }
      if code == EINTR { continue }
      if code != 0 { throw Failure(message: unreadable(code)) }
      if piece.isEmpty { break }
      bytes += piece
    }
    return bytes
  }

  private static func unreadable(_ code: Int32) -> String {
    let reason = SystemMessage.text(code)
    switch code {
    case ENOENT: return "does not exist; create it from config.example.toml, or name another with --config"
    case EACCES: return "cannot be read (\(reason)); let this user read it"
    default: return "cannot be read (\(reason))"
    }
  }
}

/// The system's words for an error number.
enum SystemMessage {
  static func text(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
