import Glibc

/// An open file without a name, gone with the value.
final class TemporaryFile: Sendable {
  let descriptor: Int32

  init(_ bytes: [UInt8]) {
    var path = Array("/tmp/transport-test-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    unlink(path)
    _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit { close(descriptor) }

  func truncate(to length: Int) { ftruncate(descriptor, off_t(length)) }
}

/// Bytes in which every position can be told from its neighbours.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}
