import ContentInspection
import DeliveryModel
import Glibc
import HTTPTransport
import Synchronization
import SystemSupport

/// A file that was read for its delivery and is held open until it is judged.
final class OpenedFile: Sendable {
  /// When it was opened.
  private let status: FileStatus
  private let bytes: [UInt8]?
  let hashes: FileReading.Hashes

  private let number: Int32
  private let descriptor: Mutex<OwnedDescriptor?>

  /// `bytes`: all of a small file.
  init(_ descriptor: consuming OwnedDescriptor, _ status: FileStatus, _ bytes: [UInt8]?, _ hashes: FileReading.Hashes) {
    self.status = status
    self.bytes = bytes
    self.hashes = hashes
    number = descriptor.number
    self.descriptor = Mutex(consume descriptor)
  }

  /// Its content, while this is held and the content was not taken.
  var inspected: InspectedContent {
    if let bytes { return InspectedContent(bytes) }
    return InspectedContent(size: status.identity.size) { [self] offset, count in
      try OwnedDescriptor.read(number, from: offset, upTo: count)
    }
  }

  /// Whether it still is what was read.
  func isUnchanged() throws(SystemCallError) -> Bool {
    if let bytes, bytes.count != status.identity.size { return false }
    let status = status
    return try descriptor.withLock { descriptor throws(SystemCallError) in
      switch descriptor {
      case .some(let descriptor): try descriptor.status() == status
      case .none: false
      }
    }
  }

  /// What its requests send: the bytes, or the file, which `reader` reads and closes. Once.
  func takeContent(for reader: BodyReader) -> FileContent {
    let descriptor = descriptor.withLock { $0.take() }
    if let bytes { return .bytes(bytes) }
    guard let descriptor else { preconditionFailure("the content of a file is taken once") }
    return .file(BodyFile(descriptor, reader: reader))
  }
}
