import DeliveryModel

/// One line of Samba's `vfs_full_audit(8)` with the prefix `%u|%I|%S`: who, from where, on which share, did what.
///
/// Names may hold what separates the fields. So the ones before the name are counted from the left, and the name is all
/// that is left; two names in one line can be told apart only where neither holds the separator.
struct SambaAuditLine: Equatable {
  enum Action: Equatable {
    /// Its content was written, or it was made anew or emptied.
    case wrote([UInt8])
    /// It was opened so that it can be written to; whether it was, is not told.
    case openedForWriting([UInt8])
    /// It was closed, or its times were set.
    case touched([UInt8])
    case renamed(from: [UInt8], to: [UInt8])
    case removed([UInt8])
    /// It is not certain of which of these names it tells.
    case unclear([[UInt8]])
  }

  let user: String
  let address: String
  let share: [UInt8]
  let action: Action
  /// Whether it tells of a write itself, and so that the share's lines do.
  let tellsWrites: Bool

  private static let separator = UInt8(ascii: "|")

  /// Nil for any other line, and for what failed.
  init?(_ message: [UInt8]) {
    let fields = message.split(separator: Self.separator, maxSplits: 5, omittingEmptySubsequences: false)
    guard fields.count == 6, fields[4].elementsEqual("ok".utf8), let user = Self.name(fields[0]),
      let address = Self.address(fields[1])
    else { return nil }
    let operation = String(decoding: fields[3], as: UTF8.self)
    guard let action = Self.action(operation, Array(fields[5])) else { return nil }
    self.user = user
    self.address = address
    share = Array(fields[2])
    self.action = action
    tellsWrites = Self.writes.contains(operation)
  }

  private static let writes: Set<String> = ["pwrite", "pwrite_recv", "ftruncate", "offload_write_recv"]

  private static func action(_ operation: String, _ rest: [UInt8]) -> Action? {
    switch operation {
    case _ where writes.contains(operation): path(rest[...]).map { .wrote($0) }
    case "create_file": creation(rest)
    case "close": path(rest[...]).map { .touched($0) }
    case "fntimes": timed(rest)
    case "renameat": renaming(rest)
    case "unlinkat": path(rest[...]).map { .removed($0) }
    default: nil
    }
  }

  /// `0x120116|file|overwrite_if|/srv/inbox/a.pdf`: the access asked for, the kind, what is to happen where it is there.
  private static func creation(_ rest: [UInt8]) -> Action? {
    let fields = rest.split(separator: separator, maxSplits: 3, omittingEmptySubsequences: false)
    guard fields.count == 4, fields[1].elementsEqual("file".utf8), let path = path(fields[3]),
      let access = UInt32(String(decoding: fields[0].dropFirst(2), as: UTF8.self), radix: 16)
    else { return nil }
    switch String(decoding: fields[2], as: UTF8.self) {
    case "supersede", "overwrite", "overwrite_if", "create": return .wrote(path)
    default: return access & mayWrite != 0 ? .openedForWriting(path) : nil
    }
  }

  /// Behind the name stand four times, which have no separator in them.
  private static func timed(_ rest: [UInt8]) -> Action? {
    let ends = rest.indices.filter { rest[$0] == separator }
    guard ends.count >= 4 else { return nil }
    return path(rest[..<ends[ends.count - 4]]).map { .touched($0) }
  }

  /// `FILE_WRITE_DATA`, `FILE_APPEND_DATA`, `MAXIMUM_ALLOWED`, `GENERIC_ALL`, `GENERIC_WRITE` (MS-SMB2 2.2.13.1.1).
  private static let mayWrite: UInt32 = 0x2 | 0x4 | 0x0200_0000 | 0x1000_0000 | 0x4000_0000

  private static func renaming(_ rest: [UInt8]) -> Action? {
    let parts = rest.split(separator: separator, omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard let from = path(parts[0]), let to = path(parts[1]) else { return nil }
      return .renamed(from: from, to: to)
    }
    let splits = rest.indices.filter { rest[$0] == separator }
    return .unclear(splits.prefix(64).flatMap { [Array(rest[..<$0]), Array(rest[($0 + 1)...])] })
  }

  private static func path(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    bytes.first == UInt8(ascii: "/") ? Array(bytes) : nil
  }

  /// Text of one line that acts on no terminal. With winbind it holds a backslash.
  private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
    guard 1...256 ~= bytes.count, let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let acting: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator, .unassigned]
    return text.unicodeScalars.contains { acting.contains($0.properties.generalCategory) } ? nil : text
  }

  /// IPv4 or IPv6, with the name of an interface.
  private static func address(_ bytes: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    let allowed = text.utf8.allSatisfy { byte in
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
        || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || ".:%".utf8.contains(byte)
    }
    return 1...64 ~= bytes.count && allowed ? text : nil
  }
}
