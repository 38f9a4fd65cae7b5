/// How a file was judged complete; kept in the journal and printed by `queue show`.
package enum SettleEvidence: String, Sendable, CaseIterable {
  /// The quiet window passed after a close or a rename, two stats agree, and a lease proved that no writer is left.
  case lease
  /// The same, but the file system or our rights allow no lease: the window and the stats decided.
  case quietWindow = "quiet-window"
  /// Nothing told that a writer finished and no lease was to be had: the long window passed (12 windows).
  case longWindow = "long-window"
  /// Found by the first scan, its ctime older than the quiet window, two stats agree, and a lease proved that no writer
  /// is left: it had come to rest before the daemon looked.
  case atRest = "at-rest"
}

/// What first told us about a file.
package enum Discovery: String, Sendable, CaseIterable {
  /// A kernel event.
  case event
  /// The first scan of the folder under this journal: it may have been recorded under an earlier one, or by another host.
  case firstScan = "first-scan"
  /// The scan when the daemon began to watch the folder.
  case startScan = "start-scan"
  /// A later scan: the event was missed.
  case rescan
  /// A poll of a folder that has no kernel events.
  case poll
}

/// Who may know of a file, as its directories and its own rights were when it came to rest: what is delivered later out of a
/// directory that has its name says nothing about that. The raw value is part of the journal's schema.
package enum Audience: Int64, Sendable, CaseIterable {
  /// Not everybody who may list the folder could list its directory: its name is shown to nobody.
  case few = 0
  /// They all could see its name; whether they could read it is not certain.
  case names = 1
  /// They all could read it.
  case everyone = 2
}

/// A file that came to rest in a watched folder: what the watcher hands to delivery.
package struct SettledFile: Hashable, Sendable {
  /// The folder's name in the configuration.
  package let folder: String
  package let path: RelativePath
  package let identity: FileIdentity
  /// The file's owner, `st_uid`.
  package let owner: UInt32
  /// When the daemon first noticed this state of the file.
  package let received: Timestamp
  /// When the settle rule was satisfied.
  package let settled: Timestamp
  package let evidence: SettleEvidence
  package let discovery: Discovery
  /// The folder's directory in which it was seen; nil where an earlier version did not note it.
  package let root: FolderRoot?
  /// Nil where an earlier version did not note it.
  package let audience: Audience?
  /// The delivery that it may belong to already; nil for a new arrival.
  package let recognition: Recognition?

  package init(
    folder: String, path: RelativePath, identity: FileIdentity, owner: UInt32, received: Timestamp,
    settled: Timestamp, evidence: SettleEvidence, discovery: Discovery, root: FolderRoot? = nil,
    audience: Audience? = nil, recognition: Recognition? = nil
  ) {
    self.folder = folder
    self.path = path
    self.identity = identity
    self.owner = owner
    self.received = received
    self.settled = settled
    self.evidence = evidence
    self.discovery = discovery
    self.root = root
    self.audience = audience
    self.recognition = recognition
  }

  /// The same file in another state, as a delivery of its own or of what it is recognized as.
  package func inState(_ identity: FileIdentity, recognition: Recognition? = nil) -> SettledFile {
    SettledFile(
      folder: folder, path: path, identity: identity, owner: owner, received: received, settled: settled,
      evidence: evidence, discovery: discovery, root: root, audience: audience,
      recognition: recognition)
  }
}
