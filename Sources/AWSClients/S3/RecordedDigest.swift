import DeliveryModel

/// A digest as records write it, as S3 writes it.
package enum RecordedDigest {
  /// Base64 of 64 hexadecimal digits; nil for anything else.
  package static func base64(ofHex text: String) -> String? {
    Hexadecimal.decode(text).flatMap { SHA256Digest(bytes: $0) }.map { Base64.encode($0) }
  }
}
