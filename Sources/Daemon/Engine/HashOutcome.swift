import AWSSigning
import Cryptography
import DeliveryModel

/// What became of reading a file for its delivery.
enum HashOutcome: Sendable, Equatable {
  /// The content was read in one state of the file. `partDigests` is empty for a file that goes in one request.
  case hashed(FileDigest)
  /// The file is not there any more.
  case gone
  /// The content was read, and meanwhile the file was touched or written to at equal size: it has to be read again.
  case touched
  /// The file differs from what the delivery was made for, or somebody has it open for writing.
  case changed
  /// Nothing is known about the file: its folder is not there, or does not answer. It waits in the journal for it.
  case away(reason: String)
  /// The file cannot be read now; the reason is in plain words.
  case unreadable(code: String, reason: String)
  /// Nothing of it was read: it is larger than any object.
  case tooLarge(reason: String)
  /// No object key can be made of its name: somebody has to rename the file or change the template.
  case unnameable(reason: String)
}

/// What hashing a file gives: everything that the requests are signed over.
struct FileDigest: Sendable, Equatable {
  var prepared: PreparedDelivery
  /// Bytes of a part; nil for a file that goes in one request.
  var partSize: Int64?
  var partDigests: [SHA256Digest] = []
  /// The CRC-64/NVME of each part; empty where none was wanted.
  var partCRC64: [CRC64Checksum] = []
  /// MD5 of the content, or of each part; empty where none was wanted.
  var md5: [MD5Digest] = []
  /// What the folder's rules say; nil for nothing.
  var verdict: Verdict?
  /// What else it may be called; nil where its id is settled.
  var identity: IdentityChoice?
  /// The state in which it was read, where that is another than the delivery's.
  var state: FileIdentity?
}
