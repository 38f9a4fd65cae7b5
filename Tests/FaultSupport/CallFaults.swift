import Glibc
import Synchronization
import SystemSupport

/// File calls of this thread that fail while `body` runs.
package enum CallFaults {
  /// On a file system that cannot rename without replacing.
  package static func withoutNoReplace<Result>(_ body: () throws -> Result) rethrows -> Result {
    try failing("renameat2", EINVAL, body)
  }

  /// Every call of this name fails.
  package static func failing<Result>(_ call: String, _ code: Int32, _ body: () throws -> Result) rethrows -> Result {
    let seam = FileCallSeam { name, path throws(SystemCallError) in
      if name == call { throw SystemCallError(call: name, code: code, path: path) }
    }
    seam.install()
    defer { FileCallSeam.remove() }
    return try body()
  }

  /// The same file system, and the process ends before its call with this number: none happens from then on. False where
  /// it makes fewer.
  package static func endingWithoutNoReplace(at number: Int, _ body: () throws -> Void) -> Bool {
    let count = Mutex(0)
    let seam = FileCallSeam { name, path throws(SystemCallError) in
      let made = count.withLock { count in
        count += 1
        return count
      }
      if made >= number { throw SystemCallError(call: name, code: EIO, path: path) }
      if name == "renameat2" { throw SystemCallError(call: name, code: EINVAL, path: path) }
    }
    seam.install()
    defer { FileCallSeam.remove() }
    try? body()
    return count.withLock { $0 >= number }
  }
}
