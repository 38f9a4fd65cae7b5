import AWSSigning
import Cryptography
import DeliveryModel

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
