import Glibc

/// Where the bytes of a body come from, and how far they have been read.
struct BodySource {
  private let body: RequestBody
  private let length: Int64
  /// Bytes given to libcurl so far.
  private(set) var sent: Int64 = 0

  init(_ body: RequestBody) {
    self.body = body
    length = body.length
  }

  var isAtEnd: Bool { sent >= length }

  var remaining: Int { Int(length - sent) }

  /// Fills the whole room with the next bytes; the room is no larger than `remaining`.
  ///
  /// Throws `short-body` if a file ends before, `unreadable-body` if it cannot be read.
  mutating func read(into room: UnsafeMutableRawBufferPointer) throws(TransportError) {
    try copy(from: sent, into: room)
    sent += Int64(room.count)
  }

  /// Fills the room with the beginning of the body; see ``read(into:)``.
  func fill(_ room: UnsafeMutableRawBufferPointer) throws(TransportError) {
    try copy(from: 0, into: room)
  }

  /// Goes back to `offset` bytes from the beginning; false if the body has no such place.
  mutating func rewind(to offset: Int64) -> Bool {
    guard offset >= 0 && offset <= length else { return false }
    sent = offset
    return true
  }

  private func copy(from position: Int64, into room: UnsafeMutableRawBufferPointer) throws(TransportError) {
    switch body {
    case .none: break
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(position)...].prefix(room.count)))
      }
    case .file(let descriptor, let offset, _):
      try Self.read(descriptor, at: offset + position, into: room)
    }
  }

  /// pread(2) until the room is full.
  private static func read(
    _ descriptor: Int32, at offset: Int64, into room: UnsafeMutableRawBufferPointer
  ) throws(TransportError) {
    var filled = 0
    while filled < room.count {
      let count = pread(
        descriptor, room.baseAddress?.advanced(by: filled), room.count - filled, off_t(offset) + off_t(filled))
      if count > 0 {
        filled += count
      } else if count == 0 {
        throw TransportError(kind: .shortBody, message: "the file became shorter while it was sent")
      } else if errno != EINTR {
        let reason = String(cString: strerror(errno))
        throw TransportError(kind: .unreadableBody, message: reason)
      }
    }
  }
}
