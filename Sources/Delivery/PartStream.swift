import DeliveryModel
import HTTPTransport
import Synchronization

/// The parts of one file between its reader and its requests: read, and not acknowledged yet.
///
/// Once the upload does not go on, the reader goes on alone, and hashes what is left as for a file that is hashed first.
final class PartStream: Sendable {
  private let parts = Mutex<[Int: BodyMemory]>([:])
  private let wanted = Atomic(true)
  private let onLetGo: @Sendable () -> Void

  /// `onLetGo` is called each time somebody says that the upload does not go on.
  init(onLetGo: @escaping @Sendable () -> Void = {}) {
    self.onLetGo = onLetGo
  }

  /// Whether parts are kept to be sent.
  var isWanted: Bool { wanted.load(ordering: .acquiring) }

  /// The upload does not go on.
  func letGo() {
    wanted.store(false, ordering: .releasing)
    onLetGo()
  }

  func keep(_ part: Int, _ memory: BodyMemory) { parts.withLock { $0[part] = memory } }

  /// What a request for the part sends.
  func memory(of part: Int) -> BodyMemory? { parts.withLock { $0[part] } }

  /// S3 has it, or nobody will ask for it.
  func release(_ part: Int) { _ = parts.withLock { $0.removeValue(forKey: part) } }

  /// What was not acknowledged when the upload did not go on.
  func takeAll() -> [Int: BodyMemory] {
    parts.withLock { parts in
      defer { parts = [:] }
      return parts
    }
  }
}

/// A part that was read, or the first one and with it what the upload is to be.
package struct ReadPart: Sendable {
  var delivery: Int64
  var part: Int
  var checksums: PartChecksums
  /// With the first one.
  var begins: AheadUpload?
  let stream: PartStream
}

/// What is known of a part once it is read.
struct PartChecksums: Sendable, Equatable {
  /// Nil where it is sent over TLS and its CRC-64/NVME is enough.
  var sha256: SHA256Digest?
  var crc64: CRC64Checksum?
}

/// What an upload is to be that begins before its file is read to the end.
struct AheadUpload: Sendable, Equatable {
  var target: UploadTarget
  var partSize: Int64
}
