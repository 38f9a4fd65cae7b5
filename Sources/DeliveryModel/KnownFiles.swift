/// What the journal remembers of a path: asked by scans, so that a file already accepted is not taken up again.
package struct KnownFile: Sendable {
  package let identity: FileIdentity
  /// Whether a delivery of this state is under way (pending or uploaded), or finished.
  package let state: DeliveryState
  /// What the delivery before those that are parked is of: the file may have been touched since, and be as that one is.
  package let before: FileIdentity?
  /// The delivery's number; nil where it need not be recognized.
  package let number: Int64?
  /// The digest of its content; nil where it was not read yet.
  package let sha256: SHA256Digest?
  /// Whether it had stood in this state for so long when it was taken up that no other file, which can have its inode number
  /// only later, has its ctime too, however coarse the clock of the file system is.
  package let outlasted: Bool
  /// Whether an operator ended it for good: its file is not taken up again unless its content is another.
  package let isDismissed: Bool

  package init(
    identity: FileIdentity, state: DeliveryState, before: FileIdentity? = nil, number: Int64? = nil,
    sha256: SHA256Digest? = nil, outlasted: Bool = false, isDismissed: Bool = false
  ) {
    self.identity = identity
    self.state = state
    self.before = before
    self.number = number
    self.sha256 = sha256
    self.outlasted = outlasted
    self.isDismissed = isDismissed
  }

  /// Beyond the steps in which file systems count a ctime: 2 s at most.
  package static func outlasted(_ identity: FileIdentity, by settled: Timestamp) -> Bool {
    settled - Timestamp(nanoseconds: identity.changed) > .seconds(2)
  }

  /// The state of the file that is known and that `other` is; nil if `other` is new.
  package func matching(_ other: FileIdentity) -> FileIdentity? {
    if state != .withdrawn, identity.matches(other) { return identity }
    return before?.matches(other) == true ? before : nil
  }

  /// Why the file in its present state, which is not ``matching(_:)``, may be this one all the same; nil if it is another
  /// arrival. `isLocal`: inode numbers last, and the kernel tells of every writer.
  package func recognition(of now: FileIdentity, after trace: FileTrace, isLocal: Bool) -> Recognition? {
    guard let number, state != .withdrawn, now.size == identity.size else { return nil }
    let isSameFile = !isLocal || now.isSameFile(as: identity)
    let isTouched = now.modified != identity.modified
    func recognized(_ proof: Recognition.Proof) -> Recognition {
      Recognition(number: number, proof: proof, isDelivered: state == .logged, isTouched: isTouched)
    }
    if isLocal, isSameFile, !isTouched, trace == .attributes { return recognized(.attributes(of: identity)) }
    // Its content decides; where that was never read, size and mtime do.
    if isDismissed { return sha256.map { recognized(.content($0)) } ?? (isTouched ? nil : recognized(.unread)) }
    switch state {
    case .pending, .uploaded: break
    // A touch is how people have a refused file judged anew; a save is reported, also if the content is the same.
    case .logged: if trace == .written { return nil }
    case .parked, .rejected: if isTouched || trace == .written { return nil }
    case .withdrawn: return nil
    }
    if let sha256 { return recognized(.content(sha256)) }
    guard state == .pending else { return nil }
    switch trace {
    case .attributes, .closed: return isSameFile ? recognized(.unread) : nil
    // A copy that took its place with its mtime, as a restored backup is, says no more than the file itself would.
    case .found: return isTouched ? nil : recognized(.unread)
    case .written: return nil
    }
  }
}

/// The journal as a scan sees it.
package protocol KnownFiles: Sendable {
  /// The newest delivery of each file directly in `directory`, by the file's name. Blocks; called on the scanning thread.
  func known(in directory: RelativePath, folder: String) throws -> [[UInt8]: KnownFile]

  /// The newest delivery of each of the files `names` directly in `directory`, in their order; nil where there is none.
  /// Blocks; called on the scanning thread with at most a few hundred names. Its cost depends on `names`, not on how much
  /// was ever delivered from the directory.
  func lookUp(_ names: [[UInt8]], in directory: RelativePath, folder: String) throws -> [KnownFile?]

  /// The places in this directory that are the daemon's own or were, whatever the folder was called. Blocks.
  func ownPlaces(in root: FolderRoot) throws -> [OwnPlace]

  /// The names that the folder at this directory had besides `folder`. Blocks.
  func otherNames(of root: FolderRoot, than folder: String) throws -> [String]

  /// Whether a folder at this directory was looked through under this journal. Blocks.
  func wasLookedThrough(_ root: FolderRoot) throws -> Bool

  /// Whether the file of the folder that was delivered last was seen in this directory. Blocks.
  func wasLastSeen(in root: FolderRoot, folder: String) throws -> Bool

  /// How many delivered files stand directly in `directory`, as far as is known. Blocks.
  func presentCount(in directory: RelativePath, folder: String) throws -> Int

  /// Their names in the order of their bytes, after `name`. Blocks.
  func presentNames(in directory: RelativePath, folder: String, after name: [UInt8], limit: Int) throws -> [[UInt8]]

  /// The next directories in which delivered files stand, of any folder, in an order of the journal's own. Blocks.
  func presentDirectory(after place: Int64?, limit: Int) throws -> [PresentDirectory]

  /// Of each of these files in places of the daemon's own, whether a delivery of the folder put it there. Blocks; called with a
  /// few hundred.
  func areKnown(_ files: [PlacedFile], folder: String) throws -> [Bool]

  /// Since when every delivery is known. Blocks.
  func knownSince() throws -> Timestamp
}

/// A file in a place of the daemon's own.
package struct PlacedFile: Sendable {
  package enum Origins: Sendable, Equatable {
    /// Where it may have come from; the likeliest first.
    case file([RelativePath])
    /// It may be the note about a refused file that came from one of these.
    case note([RelativePath])
  }

  package let origins: Origins
  /// Its inode is 0 where that says nothing.
  package let identity: FileIdentity

  package init(origins: Origins, identity: FileIdentity) {
    self.origins = origins
    self.identity = identity
  }
}

extension KnownFiles {
  package func ownPlaces(in root: FolderRoot) throws -> [OwnPlace] { [] }

  package func otherNames(of root: FolderRoot, than folder: String) throws -> [String] { [] }

  package func wasLookedThrough(_ root: FolderRoot) throws -> Bool { true }

  package func wasLastSeen(in root: FolderRoot, folder: String) throws -> Bool { false }

  package func presentCount(in directory: RelativePath, folder: String) throws -> Int { 0 }

  package func presentNames(
    in directory: RelativePath, folder: String, after name: [UInt8], limit: Int
  ) throws -> [[UInt8]] { [] }

  package func presentDirectory(after place: Int64?, limit: Int) throws -> [PresentDirectory] { [] }

  package func areKnown(_ files: [PlacedFile], folder: String) throws -> [Bool] { files.map { _ in true } }

  package func knownSince() throws -> Timestamp { Timestamp(milliseconds: 0) }

  package func lookUp(_ names: [[UInt8]], in directory: RelativePath, folder: String) throws -> [KnownFile?] {
    let known = try known(in: directory, folder: folder)
    return names.map { known[$0] }
  }

  /// Those of ``lookUp(_:in:folder:)`` that there are, by name.
  package func known(
    _ names: [[UInt8]], in directory: RelativePath, folder: String
  ) throws -> [[UInt8]: KnownFile] {
    let found = zip(names, try lookUp(names, in: directory, folder: folder))
    return Dictionary(found.compactMap { name, file in file.map { (name, $0) } }) { first, _ in first }
  }
}

/// A directory in which delivered files stand, as far as is known.
package struct PresentDirectory: Sendable, Equatable {
  /// Stands for it in the journal's order.
  package let place: Int64
  package let folder: String
  package let directory: RelativePath

  package init(place: Int64, folder: String, directory: RelativePath) {
    self.place = place
    self.folder = folder
    self.directory = directory
  }
}
