/// What S3 verifies the parts of an object by, and keeps of it.
package enum ChecksumAlgorithm: String, Sendable, CaseIterable {
  /// Of each part; of the whole S3 keeps a digest of the parts' digests.
  case sha256
  /// Of each part, from which S3 makes that of the whole.
  case crc64nvme
}

/// A CRC-64/NVME: it tells bytes that went wrong from those that did not, and proves nothing against somebody who chose them.
package struct CRC64Checksum: Sendable, Hashable {
  package var value: UInt64

  package init(_ value: UInt64) {
    self.value = value
  }

  package static let byteCount = 8

  /// Takes the 8 bytes as they are written, the highest first; nil for any other count.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    value = bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The highest first.
  package var bytes: [UInt8] { (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }
}

/// What a part was verified by when S3 took it.
package enum PartChecksum: Sendable, Hashable {
  case sha256(SHA256Digest)
  case crc64nvme(CRC64Checksum)

  package var algorithm: ChecksumAlgorithm {
    switch self {
    case .sha256: .sha256
    case .crc64nvme: .crc64nvme
    }
  }

  package var bytes: [UInt8] {
    switch self {
    case .sha256(let digest): digest.bytes
    case .crc64nvme(let checksum): checksum.bytes
    }
  }

  /// Told apart by their length; nil for any other.
  package init?(bytes: some Collection<UInt8>) {
    if let digest = SHA256Digest(bytes: bytes) {
      self = .sha256(digest)
    } else if let checksum = CRC64Checksum(bytes: bytes) {
      self = .crc64nvme(checksum)
    } else {
      return nil
    }
  }
}

/// What an upload showed about an endpoint and bucket.
package struct ChecksumFinding: Sendable, Hashable {
  /// Endpoint and bucket.
  package var place: String
  /// Whether it verifies a CRC-64/NVME and keeps that of the whole object.
  package var keepsCRC64: Bool
  /// Whether it refuses bodies that are not signed over their SHA-256, as a bucket's policy may demand.
  package var signsBodies: Bool

  package init(place: String, keepsCRC64: Bool, signsBodies: Bool = false) {
    self.place = place
    self.keepsCRC64 = keepsCRC64
    self.signsBodies = signsBodies
  }
}
