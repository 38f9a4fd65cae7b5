package import AWSSigning

/// What an answer has to show before an upload counts as stored, at one endpoint and bucket. A pure value.
///
/// AWS repeats the checksum that it was sent in every answer, so an answer without it is not AWS's. What other servers do
/// shows in what they answer: one that repeats the checksum once has to do so always, for each kind of request by itself.
/// One that never does has to answer with the content's MD5 as the ETag, which nobody knows who has not the content.
package struct UploadProof: Sendable, Equatable {
  /// Requests whose answers have to repeat the checksum.
  private var echoing: Set<ServiceOperation>
  /// The MD5 in an ETag proved an upload, beside which no checksum was repeated: the server knows nothing of checksums.
  private(set) var ignoresChecksums = false
  /// The endpoint is AWS's own.
  let isAmazons: Bool

  /// `isAmazons`: the endpoint is AWS's own.
  init(isAmazons: Bool) {
    self.isAmazons = isAmazons
    echoing = isAmazons ? [.putObject, .uploadPart, .completeMultipartUpload] : []
  }

  func demandsEcho(of operation: ServiceOperation) -> Bool { echoing.contains(operation) }

  /// An answer to such a request repeated the checksum.
  mutating func sawEcho(of operation: ServiceOperation) {
    echoing.insert(operation)
    ignoresChecksums = false
  }

  /// An answer was proved by its ETag alone.
  mutating func sawNoEcho() { ignoresChecksums = echoing.isEmpty }

  /// Whether the MD5 of what is sent may be needed to believe an answer: of a whole object, or of parts.
  package func mayNeedMD5(inParts: Bool) -> Bool { !echoing.contains(inParts ? .uploadPart : .putObject) }

  /// What proves an upload, in words for `check`.
  package var description: String {
    echoing.contains(.putObject) || echoing.contains(.uploadPart)
      ? "the answer repeats the SHA-256 of what was stored" : "the ETag is the MD5 of what was stored"
  }
}

/// What was sent, as an answer has to name it.
package struct SentContent: Sendable, Equatable {
  package var sha256Base64: String
  /// Nil where it was not computed.
  package var md5: MD5Digest?

  package init(sha256Base64: String, md5: MD5Digest?) {
    self.sha256Base64 = sha256Base64
    self.md5 = md5
  }
}
