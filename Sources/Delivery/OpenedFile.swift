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

  /// Its state when it was opened.
  var identity: FileIdentity { status.identity }

  enum Comparison {
    /// It still is what was read.
    case same
    /// It may have another content by now: it was touched, or written to at equal size.
    case touched
    case changed
  }

  /// Whether it still is what was read.
  func comparison() throws(SystemCallError) -> Comparison {
    if let bytes, bytes.count != status.identity.size { return .changed }
    let status = status
    return try descriptor.withLock { descriptor throws(SystemCallError) in
      switch descriptor {
      case .some(let descriptor):
        let now = try descriptor.status()
        if now == status { return .same }
        return now.identity.size == status.identity.size && now.links > 0 ? .touched : .changed
      case .none: return .changed
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
