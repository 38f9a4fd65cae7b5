import DaemonConfiguration
import DeliveryModel
import FolderFeedback
import Glibc
import SystemSupport

/// The table of one day's receipts, to which lines are only ever added.
///
/// A daemon that ended in the middle may have left half a line, or lines of which the journal does not know yet: the
/// first time a process touches a table it cuts off the half line and leaves out what is there. So no line is missing
/// and none stands there twice. What people wrote into it stays, be it without an end of its line. A file
/// that does not begin as a table of ours is somebody else's.
struct ReceiptTable {
  private let file: OwnedDescriptorBox
  /// What a new table is begun in.
  private let language: Language
  /// Whether this process wrote the last line itself.
  private let isKnown: Bool
  private let path: RelativePath

  /// `isKnown`: this process left the table in order.
  init(
    _ place: borrowing DirectoryLocation, day: String, language: Language, isKnown: Bool
  ) throws(SystemCallError) {
    file = OwnedDescriptorBox(try place.openForAppending(Array((day + ".csv").utf8), readers: try place.rights()))
    path = FolderSettings.receipts.appending(Array((day + ".csv").utf8))
    self.language = language
    self.isKnown = isKnown
  }

  /// Adds what is not there yet, in one write, and forces it to the disk; undoes what it could not write whole.
  func add(_ receipts: [Receipt]) throws(SystemCallError) {
    var content = try content()
    if Receipt.isBegun(content.half, receipts) {
      content.size -= Int64(content.half.count)
      content.bytes.removeLast(content.half.count)
      try file.descriptor.truncate(to: content.size)
    }
    var lines: [UInt8] = []
    var seen: Set<String> = []
    for receipt in receipts where seen.insert(receipt.record).inserted && !content.holds(receipt.record) {
      lines += receipt.line(in: content.language)
    }
    if lines.isEmpty { return }
    do throws(SystemCallError) {
      try file.descriptor.write(content.beginning + lines)
    } catch {
      try? file.descriptor.truncate(to: content.size)
      throw error
    }
    try file.descriptor.synchronize()
  }

  /// What stands in the table.
  private struct Content {
    /// Bytes.
    var size: Int64
    /// All of it; nothing where this process wrote the last line itself.
    var bytes: [UInt8]
    let language: Language

    /// What follows the last end of a line.
    var half: ArraySlice<UInt8> { bytes[((bytes.lastIndex(of: ReceiptTable.lineEnd) ?? -1) + 1)...] }

    /// What has to stand before a new line.
    var beginning: [UInt8] { size == 0 ? Receipt.heading(language) : half.isEmpty ? [] : Array("\r\n".utf8) }

    func holds(_ record: String) -> Bool { bytes.contains(sequence: Array(record.utf8)) }
  }

  private static let lineEnd = UInt8(ascii: "\n")
  /// Bytes of a table that are read into memory: more than a million receipts. Who may write into the folder may make it
  /// larger than memory.
  private static let readable: Int64 = 256 << 20

  /// A table stays in the language that it was begun in: its columns would not fit otherwise.
  private func content() throws(SystemCallError) -> Content {
    let size = try file.descriptor.status().identity.size
    var language = language
    var isOurs = size == 0
    for other in Language.allCases {
      let heading = Receipt.heading(other)
      let beginning = try read(from: 0, heading.count)
      if beginning == heading { language = other }
      // A crash may have left less than the heading.
      if heading.starts(with: beginning) { isOurs = true }
    }
    var isInOrder = isKnown
    if isKnown, size > 0 { isInOrder = try read(from: size - 1, 1) == [Self.lineEnd] }
    guard isInOrder || size <= Self.readable else { throw SystemCallError(call: "read", code: EFBIG) }
    guard isOurs else { throw .occupied(path) }
    return Content(size: size, bytes: isInOrder ? [] : try read(from: 0, Int(size)), language: language)
  }

  private func read(from offset: Int64, _ count: Int) throws(SystemCallError) -> [UInt8] {
    try OwnedDescriptor.read(file.descriptor.number, from: offset, upTo: count)
  }
}

/// Lets a copyable value hold a descriptor.
final class OwnedDescriptorBox: Sendable {
  let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = descriptor
  }
}

extension [UInt8] {
  func contains(sequence: [UInt8]) -> Bool {
    guard let first = sequence.first else { return true }
    var start = startIndex
    while let found = self[start...].firstIndex(of: first) {
      if self[found...].starts(with: sequence) { return true }
      start = found + 1
    }
    return false
  }
}
