import CLinux
import Glibc

/// Reads files that are small by nature: configuration, credentials, `/proc`.
package enum SmallFile {
  /// The whole file.
  ///
  /// - Throws: `EFBIG` for one of more than `limit` bytes, `EINVAL` for what is no regular file. `/dev/null`, by which people
  ///   say that there is none, is empty. Never blocks on a FIFO.
  package static func read(_ path: String, limit: Int = 1 << 20) throws(SystemCallError) -> [UInt8] {
    let number = try systemCall("open", path: Array(path.utf8)) {
      clinux_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
    }
    let file = OwnedDescriptor(owning: number)
    guard clinux_is_file_or_null(number) == 1 else {
      throw SystemCallError(call: SystemCallError.openFile, code: EINVAL, path: Array(path.utf8))
    }
    var content: [UInt8] = []
    while true {
      let chunk = try file.read(upTo: min(limit + 1, 64 << 10))
      if chunk.isEmpty { return content }
      content += chunk
      if content.count > limit { throw SystemCallError(call: "read", code: EFBIG, path: Array(path.utf8)) }
    }
  }
}
