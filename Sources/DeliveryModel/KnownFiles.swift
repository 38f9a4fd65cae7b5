/// What the journal remembers of a path: asked by scans, so that a file already accepted is not taken up again.
package struct KnownFile: Sendable {
  package let identity: FileIdentity
  /// Whether a delivery of this state is under way (pending or uploaded), or finished.
  package let state: DeliveryState
  /// What the delivery before those that are parked is of: the file may have been touched since, and be as that one is.
  package let before: FileIdentity?

  package init(identity: FileIdentity, state: DeliveryState, before: FileIdentity? = nil) {
    self.identity = identity
    self.state = state
    self.before = before
  }

  /// The state of the file that is known and that `other` is; nil if `other` is new.
  package func matching(_ other: FileIdentity) -> FileIdentity? {
    if state != .withdrawn, identity.matches(other) { return identity }
    return before?.matches(other) == true ? before : nil
  }
}

/// The journal as a scan sees it.
package protocol KnownFiles: Sendable {
  /// The newest delivery of each file directly in `directory`, by the file's name. Blocks; called on the scanning thread.
  func known(in directory: RelativePath, folder: String) throws -> [[UInt8]: KnownFile]

  /// The newest delivery of each of the files `names`, as far as they are known, directly in `directory`. Blocks; called
  /// on the scanning thread with at most a few hundred names. Its cost depends on `names`, not on how much was ever
  /// delivered from the directory.
  func known(_ names: [[UInt8]], in directory: RelativePath, folder: String) throws -> [[UInt8]: KnownFile]

  /// The places in this directory that are the daemon's own or were, whatever the folder was called. Blocks.
  func ownPlaces(in root: FolderRoot) throws -> [OwnPlace]

  /// The names that the folder at this directory had besides `folder`. Blocks.
  func otherNames(of root: FolderRoot, than folder: String) throws -> [String]
}

extension KnownFiles {
  package func ownPlaces(in root: FolderRoot) throws -> [OwnPlace] { [] }

  package func otherNames(of root: FolderRoot, than folder: String) throws -> [String] { [] }

  package func known(
    _ names: [[UInt8]], in directory: RelativePath, folder: String
  ) throws -> [[UInt8]: KnownFile] {
    try known(in: directory, folder: folder)
  }
}
