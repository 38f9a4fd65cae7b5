import CLinux

/// A number that tells two files apart which got the same inode number one after the other.
package enum FileGeneration {
  /// A hash of the file handle of an open file (`name_to_handle_at(2)`), which holds the inode's generation. The same on
  /// each call and after a restart; 0 where the file system has no handles. Needs no privilege.
  package static func of(_ descriptor: Int32) -> UInt64 {
    hash(in: descriptor, name: [])
  }

  /// The same for `name` in the open directory `descriptor`.
  static func hash(in descriptor: Int32, name: [UInt8]) -> UInt64 {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 160) { buffer in
      let length = withCString(name) { clinux_file_handle(descriptor, $0, buffer.baseAddress, buffer.count) }
      return length > 0 ? fowlerNollVo(buffer[..<Int(length)]) : 0
    }
  }

  /// FNV-1a, 64 bits; kept away from 0, which means "none".
  private static func fowlerNollVo(_ bytes: Slice<UnsafeMutableBufferPointer<UInt8>>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash == 0 ? 1 : hash
  }
}
