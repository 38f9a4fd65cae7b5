import CLinux
import Glibc

extension OwnedDescriptor {
  /// Reads from the current position to the end, at most `size` bytes at a time into one buffer that is used again. Stops
  /// after the chunk with which there are more than `limit` bytes: a file that grows meanwhile has no end.
  ///
  /// The bytes handed to `body` are valid during that call only. Throws what `read(2)` reports, or what `body` throws.
  package func readChunks(
    of size: Int, upTo limit: Int64 = .max, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
    defer { buffer.deallocate() }
    var total: Int64 = 0
    while total <= limit {
      let count = try systemCall("read") { Glibc.read(number, buffer.baseAddress, size) }
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      total += Int64(count)
    }
  }

  /// Puts into the room what of the bytes from `offset` on lies in the page cache; how many there were, 0 where none do and
  /// where the file system does not tell (`preadv2(2)`, `RWF_NOWAIT`). Waits for no disk.
  package static func readCached(
    _ number: Int32, from offset: Int64, into room: UnsafeMutableRawBufferPointer
  ) throws(SystemCallError) -> Int {
    do throws(SystemCallError) {
      return try systemCall("preadv2") { clinux_read_cached(number, room.baseAddress, room.count, offset) }
    } catch {
      switch error.code {
      // The last three: a kernel, a file system or a filter of system calls that does not know the flag.
      case EAGAIN, EOPNOTSUPP, EINVAL, ENOSYS, EPERM: return 0
      default: throw error
      }
    }
  }
}
