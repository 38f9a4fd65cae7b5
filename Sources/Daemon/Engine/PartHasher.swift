import AWSSigning
import DeliveryModel

/// Cuts a stream of bytes into parts of one size and hashes each.
struct PartHasher: ~Copyable {
  private let partSize: Int
  private var current = SHA256Hasher()
  private var filled = 0
  private var digests: [SHA256Digest] = []

  /// Nil for no part size: the file goes whole.
  init?(partSize: Int64?) {
    guard let partSize, partSize > 0 else { return nil }
    self.partSize = Int(partSize)
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let count = min(rest.count, partSize - filled)
      current.update(UnsafeRawBufferPointer(rebasing: rest[..<count]))
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      filled += count
      if filled == partSize { closePart() }
    }
  }

  /// The digests of all parts, the last one perhaps shorter.
  consuming func finish() -> [SHA256Digest] {
    if filled > 0 { closePart() }
    return digests
  }

  private mutating func closePart() {
    var next = SHA256Hasher()
    swap(&next, &current)
    digests.append(next.finalize())
    filled = 0
  }
}
