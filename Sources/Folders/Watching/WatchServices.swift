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
  /// How long the journal remembers deliveries whose files are gone from their folder.
  var history: @Sendable () -> Duration = { .zero }
  /// What the folders know of each other's directories.
  var neighbours = Neighbours()
  /// Hands a batch over; the next of the folder goes only after this one was accepted.
  let handOver: @Sendable ([SettledFile], FolderFindings?, Folder) -> Void
}

/// What a folder has to know of the others, and they of it.
struct Neighbours: Sendable {
  /// Takes a place for a folder, which is not where its files are if `isCovered`; why it may not be watched, in words, where
  /// that is another's.
  var claim: @Sendable (_ folder: String, _ place: [UInt8], FileIdentity, FolderRoot, _ isCovered: Bool) -> String? = {
    _, _, _, _, _ in nil
  }
  /// What the folder had is gone.
  var release: @Sendable (_ folder: String) -> Void = { _ in }
  /// The other folder that has this very directory.
  var holder: @Sendable (_ folder: String, FileIdentity, _ generation: () -> UInt64) -> String? = { _, _, _ in nil }
  /// Whether every folder has been opened, or found not to be there or not to answer.
  var areOpened: @Sendable () -> Bool = { true }
}
