import AWSSigning
package import DeliveryModel

/// How S3 calls the checksums: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
extension ChecksumAlgorithm {
  /// In the headers that announce one.
  var name: String {
    switch self {
    case .sha256: "SHA256"
    case .crc64nvme: "CRC64NVME"
    }
  }

  /// The header that carries one.
  var header: String { "x-amz-checksum-" + rawValue }

  /// The element that carries one.
  var element: String { "Checksum" + name }
}

extension CRC64Checksum {
  /// As S3 and records write it.
  package var base64: String { Base64.encode(bytes) }
}

extension MultipartProgress {
  /// That of the whole object of `size` bytes, of those of its parts; nil where one has none.
  func crc64(size: Int64) -> CRC64Checksum? {
    guard checksum == .crc64nvme, let plan = MultipartPlan(size: size, resumingWithPartSize: partSize),
      parts.count == plan.partCount
    else { return nil }
    var contents: [(checksum: CRC64Checksum, length: Int64)] = []
    for part in 1...plan.partCount {
      guard case .crc64nvme(let checksum)? = parts[part]?.checksum else { return nil }
      contents.append((checksum, plan.range(ofPart: part).length))
    }
    return CRC64NVME.combined(contents)
  }
}
