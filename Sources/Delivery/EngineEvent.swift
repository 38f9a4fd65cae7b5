package import AWSSigning
package import ControlSocket
package import DeliveryJournal
package import DeliveryModel
package import HTTPTransport

/// What reaches the engine's loop; it takes all that has arrived as one batch.
package enum EngineEvent: Sendable {
  /// The watcher hands over settled files; the continuation is resumed once they are in the journal.
  case settled([SettledFile], CheckedContinuation<Void, any Error>)
  case hashed([HashedFile])
  /// A part of a large file that is being read.
  case readAhead(ReadPart)
  case answered([HTTPCompletion])
  case committed([JournalChange], numbers: [Int64])
  /// The disk is full, or somebody else holds the database: nothing of the batch was written; it is tried again.
  case notCommitted([JournalChange], reason: String)
  case loaded(DueRequest, [Delivery], nextDue: Timestamp?)
  /// Somebody else holds the database: it is asked again.
  case notLoaded(DueRequest, reason: String)
  case credentials(AWSCredentials)
  case credentialsFailed(ServiceFailure)
  /// The watching of a folder says whether it is there and answers.
  case folder(String, isThere: Bool)
  /// A deadline has passed.
  case alarm
  /// An operator asks for these deliveries to be due now, and hears when they are.
  case retry(RetryRequest, Reply<RetryOutcome>)
  /// They are; these had been set aside, and are as they were before.
  case retried([Delivery])
  /// An operator wants no more of these deliveries.
  case dismiss([Int64], Reply<DismissalOutcome>)
  /// These were asked for; those of them that could be are ended, and are here as they were before.
  case dismissed([Int64], [Delivery])
  /// Somebody wants to know what is worked on.
  case describe(Reply<[WorkUnderWay]>)
  /// The settings changed (SIGHUP).
  case reconfigured(EngineSettings, DescriptorBudget)
  /// So many old ones that were refused are no longer in the journal.
  case removed(rejected: Int)
  /// Proof of life is wanted.
  case ping
  /// End what is under way within the bound, start nothing.
  case stop
  /// Who handed over files wants to end.
  case letGo
}

/// The result of reading one file.
package struct HashedFile: Sendable {
  var number: Int64
  var outcome: HashOutcome
  /// The bytes, or the open descriptor, that the requests will send.
  var content: FileContent?
}
