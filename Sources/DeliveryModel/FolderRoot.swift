/// The directory at which a folder was seen: where it was, and what tells it from another one that may stand there later.
package struct FolderRoot: Hashable, Sendable, Codable {
  /// The folder's path in the configuration, as bytes; empty where an earlier version did not note it.
  package let path: [UInt8]
  /// `st_dev`; the same file system may have another one after a restart of the machine.
  package let device: UInt64
  /// `st_ino`; 0 where an earlier version did not note it.
  package let inode: UInt64
  /// See ``FileIdentity/generation``.
  package let generation: UInt64
  /// Whether a file system was mounted there.
  package let isMount: Bool

  package init(path: [UInt8], device: UInt64, inode: UInt64, generation: UInt64 = 0, isMount: Bool = false) {
    self.path = path
    self.device = device
    self.inode = inode
    self.generation = generation
    self.isMount = isMount
  }

  /// Whether both are certainly one directory.
  package func isSame(as other: FolderRoot) -> Bool {
    inode != 0 && device == other.device && inode == other.inode && hasEqualGeneration(other)
  }

  /// Whether this is that directory, seen again with its file system under another number, as after a restart of the
  /// machine. Of a file system that is mounted right here nothing tells it from another one; nor is it asked where inode
  /// numbers come and go, but whether something is mounted there at all.
  package func isRemounted(from other: FolderRoot) -> Bool {
    guard path == other.path, isMount == other.isMount, inode == other.inode else { return false }
    return inode == 0 || !isMount && generation != 0 && generation == other.generation
  }

  /// Whether both are certainly two directories: of one file system, and not the same.
  package func isOther(than other: FolderRoot) -> Bool {
    inode != 0 && other.inode != 0 && device == other.device
      && (inode != other.inode || !hasEqualGeneration(other))
  }

  private func hasEqualGeneration(_ other: FolderRoot) -> Bool {
    generation == other.generation || generation == 0 || other.generation == 0
  }
}

/// A place of the daemon's own inside a folder, present or past: nothing is ever delivered from it.
package struct OwnPlace: Hashable, Sendable {
  /// The raw value is part of the journal's schema.
  package enum Kind: Int64, Sendable, CaseIterable {
    /// Where delivered files are moved.
    case sent = 0
    /// Where refused files are moved.
    case rejected = 1
    case receipts = 2
    case page = 3
  }

  /// Stands in the head of every page.
  package static let pageMark = "<meta name=\"generator\" content=\"s3loggerd\">"

  package let kind: Kind
  /// Below the folder.
  package let path: RelativePath

  package init(_ kind: Kind, _ path: RelativePath) {
    self.kind = kind
    self.path = path
  }
}
