/// What tells one state of a file from another without reading it.
///
/// `changed` (ctime) cannot be set by a copier, so a preserved mtime or an equal size hides nothing. `generation` tells
/// two files apart that got the same inode number one after the other.
package struct FileIdentity: Hashable, Sendable {
  /// `st_dev`.
  package var device: UInt64
  /// `st_ino`; 0 where it was seen to change although the file did not.
  package var inode: UInt64
  /// Bytes.
  package var size: Int64
  /// `st_mtim`, nanoseconds since 1970; see ``modifiedAt``.
  package var modified: Int64
  /// `st_ctim`, nanoseconds since 1970.
  package var changed: Int64
  /// A hash of the file handle (`name_to_handle_at`), which holds the inode's generation; 0 where there is none.
  package var generation: UInt64

  package init(
    device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64, generation: UInt64 = 0
  ) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
    self.generation = generation
  }

  /// `modified` as a moment. What 64 bits of nanoseconds do not reach is kept in whole seconds, counted on from where those
  /// begin (`clinux_status`); the very ends stand for themselves, as versions before kept all that is beyond.
  package var modifiedAt: Timestamp {
    let edge = Self.lastSecond * 1_000_000_000
    guard modified >= edge || modified <= -edge, modified != .max, modified != .min else {
      return Timestamp(nanoseconds: modified)
    }
    let beyond = modified < 0 ? modified + edge : modified - edge
    let seconds = beyond + (modified < 0 ? -Self.lastSecond : Self.lastSecond)
    // Milliseconds end later, in the year 292,278,994.
    let (milliseconds, isTooFar) = seconds.multipliedReportingOverflow(by: 1000)
    return Timestamp(milliseconds: isTooFar ? (seconds < 0 ? .min : .max) : milliseconds)
  }

  /// `CLINUX_LAST_NANOSECOND_SECOND`.
  private static let lastSecond: Int64 = 9_200_000_000

  /// Whether both describe the same state of the same file.
  ///
  /// The device is not compared: all files of a folder are on one, whose number may be another after a restart of the
  /// machine, and nobody but the kernel sets `changed`. An unknown generation or inode (0) matches any.
  package func matches(_ other: FileIdentity) -> Bool {
    size == other.size && modified == other.modified && changed == other.changed && isSameFile(as: other)
  }

  /// Whether both have the same inode, as far as it is known.
  package func isSameFile(as other: FileIdentity) -> Bool {
    (inode == other.inode || inode == 0 || other.inode == 0)
      && (generation == other.generation || generation == 0 || other.generation == 0)
  }

  /// The same state where inode numbers come and go, as on file systems of programs and of other machines: they tell
  /// nothing about it.
  package var withoutInode: FileIdentity {
    var identity = self
    (identity.inode, identity.generation) = (0, 0)
    return identity
  }
}
