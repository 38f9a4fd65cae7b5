/// The digests of a large file beside that of the whole, kept durably, so that an unchanged file is not read again to know
/// them: not after a failure, a restart or an outage.
package struct PartDigests: Sendable, Equatable {
  /// Of the whole content: the others are of this very one.
  package var whole: SHA256Digest
  /// Bytes of each part but the last; 0 for a file that goes in one request.
  package var partSize: Int64
  /// The SHA-256 of each part, in order; empty for a file that goes in one request.
  package var parts: [SHA256Digest]
  /// The MD5 of each part, or of the whole file, 16 bytes each; empty where none was wanted.
  package var md5: [[UInt8]]
  /// The CRC-64/NVME of each part; empty where none was wanted.
  package var crc64: [CRC64Checksum]

  package init(
    whole: SHA256Digest, partSize: Int64, parts: [SHA256Digest], md5: [[UInt8]] = [], crc64: [CRC64Checksum] = []
  ) {
    self.whole = whole
    self.partSize = partSize
    self.parts = parts
    self.md5 = md5
    self.crc64 = crc64
  }

  /// In place of the SHA-256 of a part that S3 took by its CRC-64/NVME alone.
  package static let unknown = SHA256Digest(words: (0, 0, 0, 0))

  /// Whether every part that S3 has not acknowledged can be signed.
  package func canSign(but acknowledged: some Collection<Int>) -> Bool {
    parts.enumerated().allSatisfy { $0.element != Self.unknown || acknowledged.contains($0.offset + 1) }
  }

  /// Whether these are all the digests of a file of `size` bytes that goes in parts of `partSize`, nil for one request;
  /// `withMD5`, `withCRC64`: those are wanted too, the latter of parts alone.
  package func cover(size: Int64, partSize: Int64?, withMD5: Bool, withCRC64: Bool = false) -> Bool {
    guard self.partSize == partSize ?? 0 else { return false }
    let count = partSize.map { Int((size + $0 - 1) / $0) } ?? 0
    return parts.count == count && (!withMD5 || md5.count == max(count, 1)) && (!withCRC64 || crc64.count == count)
  }
}

extension PartDigests {
  private static let md5Length = 16

  /// One after the other, as the journal holds them.
  package var packedParts: [UInt8] { parts.flatMap(\.bytes) }
  package var packedMD5: [UInt8] { md5.flatMap(\.self) }
  package var packedCRC64: [UInt8] { crc64.flatMap(\.bytes) }

  /// Nil for bytes that are no row of digests.
  package init?(
    whole: SHA256Digest, partSize: Int64, packedParts: [UInt8], packedMD5: [UInt8], packedCRC64: [UInt8] = []
  ) {
    guard packedParts.count.isMultiple(of: SHA256Digest.byteCount), packedMD5.count.isMultiple(of: Self.md5Length),
      packedCRC64.count.isMultiple(of: CRC64Checksum.byteCount)
    else { return nil }
    let parts = Self.slices(of: packedParts, SHA256Digest.byteCount).compactMap { SHA256Digest(bytes: $0) }
    self.init(
      whole: whole, partSize: partSize, parts: parts, md5: Self.slices(of: packedMD5, Self.md5Length).map(Array.init),
      crc64: Self.slices(of: packedCRC64, CRC64Checksum.byteCount).compactMap { CRC64Checksum(bytes: $0) })
  }

  private static func slices(of bytes: [UInt8], _ length: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: bytes.count, by: length).map { bytes[$0..<$0 + length] }
  }
}
