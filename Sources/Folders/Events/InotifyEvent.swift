import Glibc

/// One event as the kernel wrote it.
struct InotifyEvent: Equatable {
  /// The watch; -1 for an overflow.
  let watch: Int32
  let mask: UInt32
  /// Where in the buffer the entry's name stands; empty for the directory itself.
  let name: Range<Int>

  /// What the kernel is asked for. `IN_EXCL_UNLINK`: nothing more of a file that was deleted.
  static let wanted =
    create | closedWriting | movedTo | modified | attributes | deleted | movedFrom | deletedSelf | movedSelf
    | UInt32(IN_ONLYDIR) | UInt32(IN_EXCL_UNLINK)

  static let create = UInt32(IN_CREATE)
  static let closedWriting = UInt32(IN_CLOSE_WRITE)
  static let movedTo = UInt32(IN_MOVED_TO)
  static let modified = UInt32(IN_MODIFY)
  static let attributes = UInt32(IN_ATTRIB)
  static let deleted = UInt32(IN_DELETE)
  static let movedFrom = UInt32(IN_MOVED_FROM)
  static let deletedSelf = UInt32(IN_DELETE_SELF)
  static let movedSelf = UInt32(IN_MOVE_SELF)
  static let overflow = UInt32(IN_Q_OVERFLOW)
  static let ignored = UInt32(IN_IGNORED)
  static let unmounted = UInt32(IN_UNMOUNT)

  func has(_ bits: UInt32) -> Bool { mask & bits != 0 }

  var isDirectory: Bool { has(UInt32(IN_ISDIR)) }
}

/// The events in a buffer that was read from the kernel (`struct inotify_event`: watch, mask, cookie, length of the name
/// field, each 4 bytes; the name, padded with NULs). A torn end is left out.
struct InotifyEvents: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func next() -> InotifyEvent? {
    let nameStart = index + 16
    guard nameStart <= bytes.count else { return nil }
    let length = Int(word(at: index + 12))
    guard length <= bytes.count - nameStart else { return nil }
    let field = bytes[nameStart..<(nameStart + length)]
    let end = field.firstIndex(of: 0) ?? field.endIndex
    let event = InotifyEvent(
      watch: Int32(bitPattern: word(at: index)), mask: word(at: index + 4), name: nameStart..<end)
    index = nameStart + length
    return event
  }

  private func word(at offset: Int) -> UInt32 {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
  }

  /// An event as the kernel would write it: for tests.
  static func encode(watch: Int32, mask: UInt32, cookie: UInt32 = 0, name: [UInt8] = []) -> [UInt8] {
    let padded = name.isEmpty ? [] : name + [UInt8](repeating: 0, count: 16 - name.count % 16)
    var bytes: [UInt8] = []
    for word in [UInt32(bitPattern: watch), mask, cookie, UInt32(padded.count)] {
      withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
    }
    return bytes + padded
  }
}
