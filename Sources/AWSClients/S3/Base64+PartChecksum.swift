import DeliveryModel

extension Base64 {
  /// As S3's checksum headers have it.
  static func encode(_ checksum: PartChecksum) -> String { encode(checksum.bytes) }
}
