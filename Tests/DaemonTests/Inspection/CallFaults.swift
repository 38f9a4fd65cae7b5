import Glibc
import SystemSupport

/// File calls of this thread that fail while `body` runs.
enum CallFaults {
  /// On a file system that cannot rename without replacing.
  static func withoutNoReplace<Result>(_ body: () throws -> Result) rethrows -> Result {
    try failing("renameat2", EINVAL, body)
  }

  /// Every call of this name fails.
  static func failing<Result>(_ call: String, _ code: Int32, _ body: () throws -> Result) rethrows -> Result {
    let seam = FileCallSeam { name, path throws(SystemCallError) in
      if name == call { throw SystemCallError(call: name, code: code, path: path) }
    }
    seam.install()
    defer { FileCallSeam.remove() }
    return try body()
  }
}
