import DeliveryModel

/// What the watching of a folder needs from outside.
struct WatchServices: Sendable {
  let known: any KnownFiles
  let wallClock: @Sendable () -> Timestamp
  let report: @Sendable (WatchReport) -> Void
  /// In 0 ..< 1.
  let random: @Sendable () -> Double
  /// Whether the folder was last watched by a program with other rules for names, and nobody was told yet what changes.
  var isUpgraded: @Sendable (String) -> Bool = { _ in false }
  /// Who is in which group; asked only where a directory is not certainly open.
  var groups: @Sendable (UInt32) -> Set<UInt32>? = { _ in nil }
  /// Tells the supervisor which kernel queues there are.
  let register: @Sendable (EventSource) -> Void
  let unregister: @Sendable (EventSource) -> Void
  /// What the watches of all folders may take.
  let budget: WatchBudget
  /// The folder has been opened, or was found not to be there.
  let opened: @Sendable (_ folder: String) -> Void
  /// Takes a place for a folder; why it may not be watched, in words, where that is another's.
  let claim: @Sendable (_ folder: String, _ place: [UInt8], FileIdentity) -> String?
  /// Hands a batch over; the next of the folder goes only after this one was accepted.
  let handOver: @Sendable ([SettledFile], Folder) -> Void
}
