import DeliveryModel
import FolderFeedback
import SystemSupport

/// The table of one day's receipts, to which lines are only ever added.
///
/// A daemon that ended in the middle may have left half a line, or lines of which the journal does not know yet: the
/// first time a process touches a table it cuts off the half line and leaves out what is there. So no line is missing
/// and none stands there twice.
struct ReceiptTable {
  private let file: OwnedDescriptorBox
  private let language: Language
  /// Bytes of whole lines.
  private var size: Int64
  /// Records that have their line; nil where this process wrote the last line itself.
  private let present: [UInt8]?

  /// `isKnown`: this process left the table in order.
  init(
    _ place: borrowing DirectoryLocation, day: String, language: Language, isKnown: Bool
  ) throws(SystemCallError) {
    let mode = try place.status().permissions & 0o666
    file = OwnedDescriptorBox(try place.openForAppending(Array((day + ".csv").utf8), mode: mode))
    self.language = language
    let length = try file.descriptor.status().identity.size
    size = length
    present = isKnown ? nil : try OwnedDescriptor.read(file.descriptor.number, from: 0, upTo: Int(length))
    if let present, let end = present.lastIndex(of: UInt8(ascii: "\n")), end + 1 < present.count {
      size = Int64(end + 1)
    } else if let present, !present.contains(UInt8(ascii: "\n")) {
      size = 0
    }
    if size < length { try file.descriptor.truncate(to: size) }
  }

  /// Adds what is not there yet, in one write, and forces it to the disk; undoes what it could not write whole.
  func add(_ receipts: [Receipt]) throws(SystemCallError) {
    var bytes = size == 0 ? Receipt.heading(language) : []
    var seen: Set<String> = []
    for receipt in receipts where seen.insert(receipt.record).inserted && !holds(receipt.record) {
      bytes += receipt.line
    }
    if bytes.isEmpty { return }
    do throws(SystemCallError) {
      try file.descriptor.write(bytes)
    } catch {
      try? file.descriptor.truncate(to: size)
      throw error
    }
    try file.descriptor.synchronize()
  }

  private func holds(_ record: String) -> Bool {
    guard let present else { return false }
    return present.contains(sequence: Array(record.utf8))
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
