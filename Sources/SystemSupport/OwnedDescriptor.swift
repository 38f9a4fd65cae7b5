import Glibc

/// A file descriptor with one owner, closed when the owner goes. Every descriptor of the product is opened close-on-exec.
package struct OwnedDescriptor: ~Copyable, Sendable {
  /// The number, borrowed: valid while this value lives.
  package let number: Int32

  /// Takes ownership of an open descriptor.
  package init(owning number: Int32) {
    self.number = number
  }

  /// Gives the ownership away: the caller closes it.
  package consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }

  deinit {
    // Linux frees the number even where close(2) fails or is interrupted: never again.
    _ = close(number)
  }

  /// Reads up to `count` bytes (`read(2)`); empty at the end.
  package func read(upTo count: Int) throws(SystemCallError) -> [UInt8] {
    var length = 0
    let buffer = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled throws(SystemCallError) in
      length = try systemCall("read") { Glibc.read(number, buffer.baseAddress, count) }
      filled = length
    }
    return buffer
  }

  /// Writes all of `bytes` (`write(2)`).
  package func write(_ bytes: [UInt8]) throws(SystemCallError) {
    var written = 0
    while written < bytes.count {
      written += try systemCall("write") {
        bytes[written...].withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      }
    }
  }

  /// Forces what was written to the storage (`fsync(2)`). After a failure nothing is known about the file: do not retry.
  package func synchronize() throws(SystemCallError) {
    try systemCall("fsync") { fsync(number) }
  }
}
