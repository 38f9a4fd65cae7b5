/// A file's content, for looking into it: whole in memory, or through an open descriptor.
package struct InspectedContent {
  /// Bytes.
  package let size: Int64
  /// Bytes from an offset on, at most so many, fewer only at the end.
  package let read: (_ offset: Int64, _ count: Int) throws -> [UInt8]

  package init(size: Int64, read: @escaping (_ offset: Int64, _ count: Int) throws -> [UInt8]) {
    self.size = size
    self.read = read
  }

  package init(_ bytes: [UInt8]) {
    self.init(size: Int64(bytes.count)) { offset, count in
      let start = min(Int(offset), bytes.count)
      return Array(bytes[start..<min(start + count, bytes.count)])
    }
  }

  func head(_ count: Int) throws -> [UInt8] { try read(0, count) }

  func tail(_ count: Int) throws -> [UInt8] { try read(max(0, size - Int64(count)), count) }
}
