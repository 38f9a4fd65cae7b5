import Glibc
import SystemSupport

/// Where the bytes of a body come from, and how far they have been read. Never waits for a disk: what of a file lies in the
/// page cache is taken from there, the rest is read ahead by the file's reader.
struct BodySource {
  /// What a call for bytes gave.
  enum Portion: Equatable {
    case bytes(Int)
    /// None yet: `whenRead` is called once there are some.
    case none
  }

  private let body: RequestBody
  private let length: Int64
  private let whenRead: @Sendable () -> Void
  /// Bytes given to libcurl so far.
  private(set) var sent: Int64 = 0
  /// What is read ahead, without a gap from `sent` on; the first may be given in part.
  private var pieces: [BodyPiece] = []

  /// Bytes of a piece: libcurl's buffer holds as many.
  private static let pieceSize = 256 << 10
  /// Pieces of one body that are read ahead: one is sent while the other is read.
  private static let pieceLimit = 2

  init(_ body: RequestBody, whenRead: @escaping @Sendable () -> Void) {
    self.body = body
    self.whenRead = whenRead
    length = body.length
  }

  var isAtEnd: Bool { sent >= length }

  var remaining: Int { Int(length - sent) }

  /// Who reads what is not at hand; nil for a body in memory.
  var reader: BodyReader? { if case .file(let file, _, _) = body { file.reader } else { nil } }

  /// Puts the next bytes into the room, which is not empty and no larger than `remaining`.
  ///
  /// Throws `short-body` if a file ends before, `unreadable-body` if it cannot be read.
  mutating func read(into room: UnsafeMutableRawBufferPointer) throws(TransportError) -> Portion {
    switch body {
    case .none: return .bytes(0)
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(sent)...].prefix(room.count)))
      }
      sent += Int64(room.count)
      return .bytes(room.count)
    case .memory(let memory):
      memory.copy(from: Int(sent), into: room)
      sent += Int64(room.count)
      return .bytes(room.count)
    case .file(let file, let offset, _):
      if pieces.isEmpty {
        let count = try Self.readCached(file, at: offset + sent, into: room)
        sent += Int64(count)
        if count > 0 { return .bytes(count) }
      }
      return try take(of: file, from: offset, into: room)
    }
  }

  /// Fills the room with the beginning of the body, as far as it is at hand. Returns whether it is all.
  func fill(_ room: UnsafeMutableRawBufferPointer) throws(TransportError) -> Bool {
    switch body {
    case .none: break
    case .bytes(let bytes):
      bytes.withUnsafeBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(room.count))) }
    case .memory(let memory): memory.copy(from: 0, into: room)
    case .file(let file, let offset, _):
      var filled = 0
      while filled < room.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: room[filled...])
        let count = try Self.readCached(file, at: offset + Int64(filled), into: rest)
        if count == 0 { return false }
        filled += count
      }
    }
    return true
  }

  /// Goes back to `offset` bytes from the beginning; false if the body has no such place.
  mutating func rewind(to offset: Int64) -> Bool {
    guard offset >= 0 && offset <= length else { return false }
    drop()
    sent = offset
    return true
  }

  /// Gives up what is being read ahead. To be called before the value goes.
  mutating func drop() {
    for piece in pieces { piece.drop() }
    pieces = []
  }

  private mutating func take(
    of file: BodyFile, from start: Int64, into room: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> Portion {
    readAhead(of: file, from: start)
    guard let piece = pieces.first, let bytes = try piece.bytes() else { return .none }
    let given = Int(start + sent - piece.offset)
    let count = min(room.count, bytes.count - given)
    bytes.withUnsafeBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[given..<given + count])) }
    sent += Int64(count)
    if given + count == bytes.count {
      pieces.removeFirst()
      readAhead(of: file, from: start)
    }
    return .bytes(count)
  }

  /// Once a piece was read so, the rest of the body is: a cache without one piece mostly has no other, either.
  private mutating func readAhead(of file: BodyFile, from start: Int64) {
    while pieces.count < Self.pieceLimit {
      let next = pieces.last.map { $0.offset + Int64($0.count) } ?? start + sent
      let count = min(Int64(Self.pieceSize), start + length - next)
      guard count > 0 else { return }
      let piece = BodyPiece(offset: next, count: Int(count))
      pieces.append(piece)
      file.reader.read(piece, of: file, whenRead: whenRead)
    }
  }

  /// 0 where nothing is at hand. preadv2(2): kernels 5.9 and 5.10 say 0, as at the end of the file, where EAGAIN is meant.
  private static func readCached(
    _ file: BodyFile, at offset: Int64, into room: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> Int {
    guard file.asksCache else { return 0 }
    do throws(SystemCallError) {
      return try OwnedDescriptor.readCached(file.number, from: offset, into: room)
    } catch {
      throw TransportError(kind: .unreadableBody, message: error.meaning)
    }
  }
}
