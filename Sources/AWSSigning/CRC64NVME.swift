import CChecksum
package import DeliveryModel

/// A CRC-64/NVME under way, which S3 keeps of a whole object whatever parts it came in:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>. A value of 8 bytes.
package struct CRC64NVME: Sendable {
  private var remainder: UInt64 = 0

  package init() {}

  /// Adds bytes. The pointer is not kept.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    remainder = s3l_crc64nvme(remainder, start, bytes.count)
  }

  /// The checksum of everything added.
  package var checksum: CRC64Checksum { CRC64Checksum(remainder) }

  /// Of bytes in memory.
  package static func checksum(of bytes: [UInt8]) -> CRC64Checksum {
    var crc = CRC64NVME()
    bytes.withUnsafeBytes { crc.update($0) }
    return crc.checksum
  }

  /// The same without the processor's carry-less multiplication, which not every one has.
  static func portableChecksum(of bytes: UnsafeRawBufferPointer, after before: CRC64Checksum) -> CRC64Checksum {
    guard let start = bytes.baseAddress else { return before }
    return CRC64Checksum(s3l_crc64nvme_portable(before.value, start, bytes.count))
  }

  /// The checksum of the contents one after the other, of their own checksums and lengths in bytes.
  package static func combined(_ contents: some Sequence<(checksum: CRC64Checksum, length: Int64)>) -> CRC64Checksum {
    CRC64Checksum(
      contents.reduce(0) { s3l_crc64nvme_combined($0, $1.checksum.value, UInt64(max(0, $1.length))) })
  }
}
