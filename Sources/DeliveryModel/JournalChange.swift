/// One step of a delivery, made durable. Changes that are ready together share one transaction.
///
/// The journal refuses a change whose delivery is not in the state that the change starts from.
package enum JournalChange: Sendable, Equatable {
  /// A settled file begins its way: a new delivery in `pending`, due at once.
  case received(SettledFile)
  /// The file is what a delivery is of already: that takes on its present state, so that it is known, and nothing else of
  /// it changes. Where the delivery is not in the state any more in which that was found, a new one begins, as by
  /// ``received(_:)``.
  case recognized(SettledFile, Recognition)
  /// The content is hashed. Written before the first byte is sent.
  case prepared(number: Int64, PreparedDelivery)
  /// Another arrival has the id that it had so far: it goes on under this one. The key stays that of an object that S3 has.
  case identified(number: Int64, DeliveryID, objectKey: String)
  /// The table was asked for its record, and has none.
  case asked(number: Int64)
  /// `pending` → `logged` with nothing sent: the table has its record, of an earlier journal or another host.
  /// With `item`, which it showed, an entry of the custody ledger is written too.
  case known(number: Int64, PreparedDelivery, UploadReceipt, at: Timestamp, item: RecordedItem? = nil)
  /// The digests of its parts. Written with ``prepared(number:_:)``, for a large file.
  case digested(number: Int64, PartDigests)
  /// What was found about a hashed file. A refused one has nothing to upload: `pending` → `uploaded`, and its record is
  /// next; an accepted one goes on.
  case judged(number: Int64, Verdict)
  /// An attempt is about to begin; committed before it does, so that a crash counts.
  case attemptBegan(number: Int64, at: Timestamp)
  /// `pending` → `uploaded`.
  case uploaded(number: Int64, UploadReceipt)
  /// `uploaded` → `logged`, or `rejected` if its verdict says so. `alreadyRecorded` if the record was found in place.
  /// With `item`, which the table holds now, an entry of the custody ledger is written too.
  case logged(number: Int64, at: Timestamp, alreadyRecorded: Bool, item: RecordedItem? = nil)
  /// An attempt failed; the state stays and the next attempt is due later. A failure that follows the file counts
  /// against it.
  case failed(number: Int64, ServiceFailure, at: Timestamp, nextAttempt: Timestamp)
  /// The daemon ended while it had this file in hand, which counts against it; at the limit → `parked`.
  case crashed(number: Int64, at: Timestamp)
  /// → `parked`, with the reason in plain words.
  case parked(number: Int64, code: String, reason: String, at: Timestamp, ids: RequestIDs = .none)
  /// `pending` → `withdrawn`, with the reason in plain words.
  case withdrawn(number: Int64, reason: String, at: Timestamp)
  /// `pending` → `withdrawn` because its content equals the delivery `of` of the same path, whose identity becomes
  /// `identity`: the file was touched, not changed.
  case unchanged(number: Int64, of: Int64, identity: FileIdentity, at: Timestamp)
  /// A parked delivery returns to `pending` (or to `uploaded`, if it has its receipt), due at once; an open one is due
  /// at once.
  case retried(number: Int64, at: Timestamp)
  /// A multipart upload was created.
  case multipartBegan(
    number: Int64, uploadID: String, partSize: Int64, checksum: ChecksumAlgorithm = .sha256,
    target: UploadTarget? = nil)
  /// All parts are at S3 and it is about to be asked to join them, which it may do for minutes, heard or not: no other
  /// attempt begins before `until`, also after a restart.
  case completionBegan(number: Int64, until: Timestamp)
  /// It was not asked after all: nothing need be waited for.
  case completionTakenBack(number: Int64)
  /// S3 acknowledged a part.
  case partUploaded(number: Int64, part: Int, UploadedPart)
  /// The multipart upload and its parts are forgotten; the next attempt creates a new one.
  case multipartForgotten(number: Int64)
  /// Something that is to be done in the folder about a finished delivery moves on.
  case errand(number: Int64, ErrandChange)
  /// An upload showed what the server keeps; no file is moved on by it.
  case checksumFound(ChecksumFinding)
  /// Somebody is to be told; no file is moved on by it. Those about parked and refused files come by themselves.
  case alert(AlertNotice)

  /// The delivery it is about; nil for a new one, and for none.
  package var number: Int64? {
    switch self {
    case .received, .checksumFound, .alert: nil
    case .recognized(_, let recognition): recognition.number
    case .prepared(let number, _), .identified(let number, _, _), .asked(let number), .known(let number, _, _, _, _),
      .digested(let number, _), .judged(let number, _), .attemptBegan(let number, _), .uploaded(let number, _),
      .logged(let number, _, _, _), .failed(let number, _, _, _), .crashed(let number, _),
      .parked(let number, _, _, _, _),
      .withdrawn(let number, _, _), .unchanged(let number, _, _, _), .retried(let number, _),
      .multipartBegan(let number, _, _, _, _), .completionBegan(let number, _), .completionTakenBack(let number),
      .partUploaded(let number, _, _), .multipartForgotten(let number), .errand(let number, _):
      number
    }
  }
}
