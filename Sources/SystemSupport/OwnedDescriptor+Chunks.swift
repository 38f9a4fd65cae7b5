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
}
