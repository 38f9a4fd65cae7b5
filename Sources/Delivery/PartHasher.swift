import AWSSigning
import Cryptography
import DeliveryModel
import Dispatch
import SystemSupport

/// Cuts a stream of bytes into parts of one size and hashes each, also by MD5 and CRC-64/NVME where those are wanted.
struct PartHasher: ~Copyable {
  /// An MD5 under way, or none: it is wanted for few servers, and not every OpenSSL has it.
  struct MD5: ~Copyable {
    private var hasher: MD5Hasher?

    init(wanted: Bool) { hasher = wanted ? MD5Hasher() : nil }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { hasher?.update(bytes) }

    /// One digest, or none.
    consuming func finish() -> [MD5Digest] {
      guard let hasher = hasher.take() else { return [] }
      return [hasher.finalize()]
    }
  }

  private let partSize: Int
  private let withMD5: Bool
  private let withCRC64: Bool
  private var current = SHA256Hasher()
  private var currentMD5: MD5
  private var currentCRC64 = CRC64NVME()
  private var filled = 0
  private var digests: [SHA256Digest] = []
  private var md5: [MD5Digest] = []
  private var crc64: [CRC64Checksum] = []

  /// Nil for no part size: the file goes whole.
  init?(partSize: Int64?, withMD5: Bool = false, withCRC64: Bool = false) {
    guard let partSize, partSize > 0 else { return nil }
    self.partSize = Int(partSize)
    self.withMD5 = withMD5
    self.withCRC64 = withCRC64
    currentMD5 = MD5(wanted: withMD5)
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let count = min(rest.count, partSize - filled)
      let piece = UnsafeRawBufferPointer(rebasing: rest[..<count])
      current.update(piece)
      currentMD5.update(piece)
      if withCRC64 { currentCRC64.update(piece) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      filled += count
      if filled == partSize { closePart() }
    }
  }

  /// The digests of all parts, the last one perhaps shorter.
  consuming func finish() -> (sha256: [SHA256Digest], md5: [MD5Digest], crc64: [CRC64Checksum]) {
    if filled > 0 { closePart() }
    return (digests, md5, crc64)
  }

  private mutating func closePart() {
    var next = SHA256Hasher()
    swap(&next, &current)
    digests.append(next.finalize())
    var nextMD5 = MD5(wanted: withMD5)
    swap(&nextMD5, &currentMD5)
    md5 += nextMD5.finish()
    if withCRC64 { crc64.append(currentCRC64.checksum) }
    currentCRC64 = CRC64NVME()
    filled = 0
  }
}

/// Reads a file once for two users of every byte, who work side by side. Each also reads a half of the next chunk, so
/// that neither waits for the reading: it takes a tenth of the time that a digest takes.
struct TwofoldReading: ~Copyable {
  private typealias Chunk = UnsafeMutableRawBufferPointer

  /// Borrowed: open as long as this value is used.
  private let descriptor: Int32
  private let half: Int
  private let limit: Int64
  private var current: Chunk
  private var next: Chunk

  /// Chunks of `size` bytes, an even number; twice as much memory is held. Stops after the chunk with which there are more
  /// than `limit` bytes: a file that grows meanwhile has no end.
  init(_ descriptor: borrowing OwnedDescriptor, chunks size: Int, upTo limit: Int64 = .max) {
    self.descriptor = descriptor.number
    self.limit = limit
    half = size / 2
    current = .allocate(byteCount: size, alignment: 4096)
    next = .allocate(byteCount: size, alignment: 4096)
  }

  deinit {
    current.deallocate()
    next.deallocate()
  }

  /// Reads from the beginning to the end. `first` is called on the calling thread, `second` on `queue`, each with every
  /// chunk in order; the bytes are valid during the call only. Throws what `pread(2)` reports.
  mutating func run(
    beside queue: DispatchQueue, first: (UnsafeRawBufferPointer) -> Void,
    second: @escaping (UnsafeRawBufferPointer) -> Void
  ) throws(SystemCallError) {
    let isDone = DispatchSemaphore(value: 0)
    // Both users have a half and a count of their own, and `wait` orders what the second wrote before what follows.
    nonisolated(unsafe) let second = second
    nonisolated(unsafe) let ahead = UnsafeMutablePointer<Filled>.allocate(capacity: 1)
    ahead.initialize(to: .success(0))
    defer { ahead.deinitialize(count: 1).deallocate() }
    var offset: Int64 = 0
    var count = try Self.fill(current, descriptor, at: offset).get()
    while count > 0, offset <= limit {
      offset += Int64(count)
      nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(rebasing: current[..<count])
      nonisolated(unsafe) let rest = Chunk(rebasing: next[half...])
      let (descriptor, middle) = (descriptor, offset + Int64(half))
      queue.async {
        second(bytes)
        ahead.pointee = Self.fill(rest, descriptor, at: middle)
        isDone.signal()
      }
      first(bytes)
      let beginning = Self.fill(Chunk(rebasing: next[..<half]), descriptor, at: offset)
      isDone.wait()
      count = try beginning.get()
      if count == half { count += try ahead.pointee.get() }
      swap(&current, &next)
    }
  }

  private typealias Filled = Result<Int, SystemCallError>

  /// How many bytes there were from `offset` on, at most as many as there is room for.
  private static func fill(_ room: Chunk, _ descriptor: Int32, at offset: Int64) -> Filled {
    Filled { () throws(SystemCallError) in try OwnedDescriptor.read(descriptor, from: offset, into: room) }
  }
}
