package import DeliveryModel

/// What the delivery machine asks of the world.
enum DeliveryAction: Sendable, Equatable {
  /// Read and hash the file.
  case hash(Delivery)
  /// Make the change durable, then tell the machine.
  case commit(JournalChange)
  /// Send the object in one request.
  case putObject(Int64)
  case createMultipart(Int64)
  /// Send part `part` (from 1).
  case uploadPart(Int64, part: Int)
  case completeMultipart(Int64)
  /// Best effort: nothing depends on the answer.
  case abortMultipart(Int64, uploadID: String)
  /// Write the record.
  case putRecord(Int64)
  /// Ask for the record that may be there already.
  case askForRecord(Int64, RecordKey)
  /// S3 has the part: its memory is free.
  case releasePart(Int64, part: Int)
  /// The reader goes on without anybody who sends.
  case letGoOfReading(Int64)
  /// Close the file and forget its bytes.
  case releaseContent(Int64)
  /// The file changed under us: let the watcher judge it again.
  case resettle(SettledFile)
  /// The credentials in use were refused as expired.
  case refreshCredentials
  /// Sign with the service's time from now on: its `Date` differs from our clock by this.
  case adjustClock(Duration)
  case note(DeliveryNote)
}

/// Something worth telling, once: the log and the status page are made of these.
package enum DeliveryNote: Sendable, Equatable {
  case delivered(Int64, alreadyRecorded: Bool)
  /// `nextAttempt` is nil where the delivery waits with others for the next probe.
  case attemptFailed(Int64, ServiceFailure, nextAttempt: Timestamp?)
  case parked(Int64, reason: String)
  case withdrawn(Int64, reason: String)
  case rejected(Int64, reason: String)
  case unchanged(Int64)
  /// The table has its record, of an earlier journal or another host: nothing was sent.
  case known(Int64)
  /// A delivered file has another mtime and the same content.
  case touched(SettledFile)
  case torn(Int64)
  case circuitOpened(ServiceLane, CircuitBreaker.Scope, Circuit.Opening)
  case circuitClosed(ServiceLane, CircuitBreaker.Scope)
  /// A folder that the service took nothing of is no longer in the configuration.
  case folderForgotten(ServiceLane, folder: String)
  case checksumFound(ChecksumFinding)
}

/// A request that failed for a moment and is sent again within the same attempt.
struct RestingRequest: Sendable, Equatable {
  var number: Int64
  /// The part, for one of a multipart upload.
  var part: Int?
  var until: ContinuousClock.Instant
}
