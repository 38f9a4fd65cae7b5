import Glibc

extension OwnedDescriptor {
  /// Reads from the current position to the end, at most `size` bytes at a time into one buffer that is used again.
  ///
  /// The bytes handed to `body` are valid during that call only. Throws what `read(2)` reports, or what `body` throws.
  package func readChunks(of size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = try systemCall("read") { Glibc.read(number, buffer.baseAddress, size) }
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
