/// How a file is cut into parts: at most 10,000, each of the same size but the last.
///
/// Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
package struct MultipartPlan: Sendable, Equatable {
  /// Bytes of the whole file.
  package let size: Int64
  /// Bytes of every part but the last.
  package let partSize: Int64

  package static let maximumPartCount: Int64 = 10_000
  package static let maximumPartSize: Int64 = 5 << 30
  /// The largest object, 48.8 TiB.
  package static let maximumSize = maximumPartCount * maximumPartSize
  private static let granularity: Int64 = 1 << 20

  /// Takes the wished part size, or the smallest whole number of MiB that makes 10,000 parts enough.
  ///
  /// Nil where even parts of 5 GiB would not do, or for an empty file.
  package init?(size: Int64, preferredPartSize: Int64) {
    guard size > 0, preferredPartSize > 0 else { return nil }
    let needed = (size - 1) / Self.maximumPartCount + 1
    let rounded = (needed + Self.granularity - 1) / Self.granularity * Self.granularity
    let partSize = max(preferredPartSize, needed > preferredPartSize ? rounded : needed)
    guard partSize <= Self.maximumPartSize else { return nil }
    self.size = size
    self.partSize = partSize
  }

  /// The plan of an upload that was begun with parts of `partSize`.
  package init?(size: Int64, resumingWithPartSize partSize: Int64) {
    guard size > 0, partSize > 0, (size - 1) / partSize < Self.maximumPartCount else { return nil }
    self.size = size
    self.partSize = partSize
  }

  package var partCount: Int { Int((size - 1) / partSize + 1) }

  /// Where part `part` (from 1) begins, and its length in bytes.
  package func range(ofPart part: Int) -> (offset: Int64, length: Int64) {
    let offset = Int64(part - 1) * partSize
    return (offset, min(partSize, size - offset))
  }
}
