import ContentInspection
import DeliveryModel
import Glibc
import HTTPTransport
import Synchronization
import SystemSupport

/// What a delivery's requests send: the bytes of a small file, or a large one held open from hashing to the answer.
enum FileContent: Sendable {
  case bytes([UInt8])
  case file(BodyFile)

  /// The whole file of `size` bytes as a request's body.
  func body(size: Int64) -> RequestBody { body(offset: 0, length: size) }

  /// A part of it as a request's body.
  func body(offset: Int64, length: Int64) -> RequestBody {
    switch self {
    case .bytes(let bytes) where offset == 0 && length == bytes.count: .bytes(bytes)
    case .bytes(let bytes): .bytes(Array(bytes[Int(offset)..<Int(offset + length)]))
    case .file(let file): .file(file, offset: offset, length: length)
    }
  }
}

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

/// For each folder, where the bodies of its files are read: a share that hangs keeps its own thread waiting alone.
package final class BodyReaders: Sendable {
  private let readers = Mutex<[String: BodyReader]>([:])

  package init() {}

  /// That of the folder of this name, made at the first call.
  subscript(folder: String) -> BodyReader {
    readers.withLock { readers in
      if let reader = readers[folder] { return reader }
      let lane = SerialLane(named: "s3l-body")
      let reader = BodyReader { lane.run($0) }
      readers[folder] = reader
      return reader
    }
  }

  /// Descriptors that are let go of, and that shares which do not answer keep open.
  var lingering: Int { readers.withLock { $0.values.reduce(0) { $0 + $1.lingering } } }
}
