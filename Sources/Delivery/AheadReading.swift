import AWSSigning
import ContentInspection
import Cryptography
import DeliveryModel
import Dispatch
import HTTPTransport
import Synchronization
import SystemSupport

/// A large file that is sent while it is read, between two of its parts.
///
/// Each part is read once into memory, goes into the digest of the whole and its own checksum there, and is sent from
/// there. Between two parts nothing of it occupies a thread: others of the folder are read meanwhile.
final class AheadReading: Sendable {
  let stream: PartStream
  let plan: MultipartPlan
  private let delivery: Int64
  private let signs: Bool
  private let status: FileStatus
  private let worker = DispatchQueue(label: "s3loggerd.hash")
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var descriptor: OwnedDescriptor?
    var whole: SHA256Hasher? = SHA256Hasher()
    var found: [PartChecksums] = []
    var type: String?
    var isTruncated = false
  }

  /// Takes over the descriptor. `signs`: every part gets a SHA-256 of its own.
  init(
    _ delivery: Int64, _ descriptor: consuming OwnedDescriptor, _ status: FileStatus, _ plan: MultipartPlan,
    signs: Bool,
    stream: PartStream
  ) {
    self.delivery = delivery
    self.plan = plan
    self.signs = signs
    self.status = status
    self.stream = stream
    state = Mutex(State(descriptor: descriptor))
  }

  /// Bytes of the next part; nil after the last.
  var next: Int? {
    let part = state.withLock { $0.isTruncated ? plan.partCount : $0.found.count } + 1
    return part <= plan.partCount ? Int(plan.range(ofPart: part).length) : nil
  }

  /// Reads the next part: into the memory, to be sent, or without it, to be hashed. Whether there are more.
  func readPart(of reading: FileReading, into memory: BodyMemory?) throws -> Bool {
    try state.withLock { state in
      let part = state.found.count + 1
      let range = plan.range(ofPart: part)
      let digester = PartDigester(signs: signs || memory == nil, withCRC64: reading.wantsCRC64)
      let count = try read(&state, range, into: memory, reading, digester)
      guard count == range.length else {
        state.isTruncated = true
        stream.letGo()
        return false
      }
      let checksums = digester.finish()
      state.found.append(checksums)
      if let memory {
        let begins = part == 1 ? reading.beginning(state.type, plan.partSize) : nil
        if part == 1, begins == nil { stream.letGo() }
        stream.keep(part, memory)
        reading.ahead?.post(
          ReadPart(delivery: delivery, part: part, checksums: checksums, begins: begins, stream: stream))
      } else {
        stream.letGo()
      }
      if !stream.isWanted { signKept(&state, reading) }
      return part < plan.partCount
    }
  }

  /// The file with all its digests. Once, after the last part.
  func finish() -> OpenedFile {
    state.withLock { state in
      guard let descriptor = state.descriptor.take(), let whole = state.whole.take()?.finalize() else {
        preconditionFailure("a file is read to its end once")
      }
      let hashes = FileReading.Hashes(
        whole: whole, parts: state.found.map { $0.sha256 ?? PartDigests.unknown },
        contentType: state.type ?? ContentType.unknown, crc64: state.found.compactMap(\.crc64))
      return OpenedFile(descriptor, status, nil, hashes)
    }
  }

  /// What was not sent is signed over its SHA-256 when it is read again to be sent.
  private func signKept(_ state: inout State, _ reading: FileReading) {
    for (part, memory) in stream.takeAll() where part <= state.found.count && state.found[part - 1].sha256 == nil {
      state.found[part - 1].sha256 = SHA256.digest(of: memory.bytes)
      reading.comeOn()
    }
  }

  /// Reads one part, chunk by chunk, into the memory or past it. How many bytes there were.
  private func read(
    _ state: inout State, _ range: (offset: Int64, length: Int64), into memory: BodyMemory?, _ reading: FileReading,
    _ digester: PartDigester
  ) throws -> Int64 {
    guard let number = state.descriptor?.number else { return 0 }
    let isDone = DispatchSemaphore(value: 0)
    let scratch =
      memory == nil ? UnsafeMutableRawBufferPointer.allocate(byteCount: FileReading.chunk, alignment: 4096) : nil
    defer { scratch?.deallocate() }
    guard let room = memory?.content ?? scratch else { return 0 }
    var offset: Int64 = 0
    while offset < range.length {
      let length = Int(min(Int64(FileReading.chunk), range.length - offset))
      let start = memory == nil ? 0 : Int(offset)
      let target = UnsafeMutableRawBufferPointer(rebasing: room[start..<start + length])
      let count = try OwnedDescriptor.read(number, from: range.offset + offset, into: target)
      nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(rebasing: target[..<count])
      worker.async {
        digester.update(bytes)
        isDone.signal()
      }
      if state.type == nil { state.type = reading.contentType(bytes.prefix(ContentSignature.length)) }
      state.whole?.update(bytes)
      isDone.wait()
      reading.comeOn()
      offset += Int64(count)
      if count < length { break }
    }
    return offset
  }
}

/// The checksums of one part under way. One thread at a time.
private final class PartDigester: @unchecked Sendable {
  private var sha256: SHA256Hasher?
  private var crc64: CRC64NVME?

  init(signs: Bool, withCRC64: Bool) {
    sha256 = signs ? SHA256Hasher() : nil
    crc64 = withCRC64 ? CRC64NVME() : nil
  }

  func update(_ bytes: UnsafeRawBufferPointer) {
    sha256?.update(bytes)
    crc64?.update(bytes)
  }

  func finish() -> PartChecksums { PartChecksums(sha256: sha256.take()?.finalize(), crc64: crc64?.checksum) }
}
