import AWSSigning
package import Cryptography
package import DeliveryModel

/// What an answer has to show before an upload counts as stored, at one endpoint and bucket. A pure value.
///
/// AWS repeats the checksum that it was sent in every answer, so an answer without it is not AWS's. What other servers do
/// shows in what they answer: one that repeats the checksum once has to do so always, for each kind of request by itself.
/// One that never does has to answer with the content's MD5 as the ETag, which nobody knows who has not the content.
package struct UploadProof: Sendable, Equatable {
  /// A kind of request, and what its body is verified by.
  private struct Echo: Hashable {
    var operation: ServiceOperation
    var algorithm: ChecksumAlgorithm

    init(_ operation: ServiceOperation, _ algorithm: ChecksumAlgorithm) {
      self.operation = operation
      self.algorithm = algorithm
    }
  }

  /// Requests whose answers have to repeat the checksum.
  private var echoing: Set<Echo>
  /// The MD5 in an ETag proved an upload, beside which no checksum was repeated: the server knows nothing of checksums.
  private(set) var ignoresChecksums = false
  /// The endpoint is AWS's own.
  let isAmazons: Bool

  /// `isAmazons`: the endpoint is AWS's own.
  init(isAmazons: Bool) {
    self.isAmazons = isAmazons
    guard isAmazons else {
      echoing = []
      return
    }
    let operations: [ServiceOperation] = [.putObject, .uploadPart, .completeMultipartUpload]
    echoing = Set(operations.flatMap { [Echo($0, .sha256), Echo($0, .crc64nvme)] })
  }

  func demandsEcho(of operation: ServiceOperation, _ algorithm: ChecksumAlgorithm = .sha256) -> Bool {
    echoing.contains(Echo(operation, algorithm))
  }

  /// An answer to such a request repeated the checksum.
  mutating func sawEcho(of operation: ServiceOperation, _ algorithm: ChecksumAlgorithm = .sha256) {
    echoing.insert(Echo(operation, algorithm))
    ignoresChecksums = false
  }

  /// An answer was proved by its ETag alone.
  mutating func sawNoEcho() { ignoresChecksums = !echoing.contains { $0.algorithm == .sha256 } }

  /// Whether the MD5 of what is sent may be needed to believe an answer: of a whole object, or of parts.
  package func mayNeedMD5(inParts: Bool) -> Bool { !demandsEcho(of: inParts ? .uploadPart : .putObject) }

  /// What proves an upload, in words for `check`.
  package var description: String {
    demandsEcho(of: .putObject) || demandsEcho(of: .uploadPart)
      ? "the answer repeats the SHA-256 of what was stored" : "the ETag is the MD5 of what was stored"
  }
}

/// What was sent, as an answer has to name it.
package struct SentContent: Sendable, Equatable {
  package var checksum: PartChecksum
  /// Nil where it was not computed.
  package var md5: MD5Digest?

  package init(_ checksum: PartChecksum, md5: MD5Digest?) {
    self.checksum = checksum
    self.md5 = md5
  }
}
