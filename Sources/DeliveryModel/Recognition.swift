/// Why a settled file is, or may be, what a delivery of the same path is of already, though its inode, ctime or mtime are
/// others by now: it was touched, got other permissions, was opened for writing, or came back with another mount.
///
/// Device, inode, mtime and ctime are hints. What proves that a content is the same is its digest, or that nothing can have
/// been written:
///
/// - ``Proof-swift.enum/attributes(of:)``: a file of which size, inode and mtime are as before, of which the kernel told
///   without a gap, and told of changed attributes alone. A write makes `IN_MODIFY`; a write through `mmap(2)` makes none and
///   sets the mtime late, but needs a descriptor open for writing until the last mapping is gone, whose end is
///   `IN_CLOSE_WRITE`, and until then no lease is granted. So a forged mtime (`touch -r`) hides no such write: an event of
///   it was seen, and the file is read. Not on file systems to which others write.
/// - ``Proof-swift.enum/content(_:)``: everything else that has been hashed is read once and compared.
/// - ``Proof-swift.enum/unread``: of a file that waits and was never read, no content is known that could have changed, and
///   none was sent. The delivery stays that of the file if nothing says that it was written to: no write was told, or its
///   size and mtime are the same, whatever its inode. A write through `mmap(2)`, or one behind a forged mtime while nobody watched, is then part of the
///   same arrival: what is delivered is what is read later, and nothing is lost.
package struct Recognition: Hashable, Sendable {
  package enum Proof: Hashable, Sendable {
    /// It is as it was in this state: no more than its attributes changed.
    case attributes(of: FileIdentity)
    /// It is if it has this digest.
    case content(SHA256Digest)
    /// Nothing was read yet, and nothing says that it was written to.
    case unread
  }

  /// The delivery.
  package let number: Int64
  package let proof: Proof
  /// Whether that was delivered.
  package let isDelivered: Bool
  /// Whether its mtime is another, which somebody may want to hear of.
  package let isTouched: Bool

  package init(number: Int64, proof: Proof, isDelivered: Bool, isTouched: Bool) {
    self.number = number
    self.proof = proof
    self.isDelivered = isDelivered
    self.isTouched = isTouched
  }
}

/// What is known to have been done to a file since it was looked at last.
package enum FileTrace: Sendable, Hashable {
  /// Its attributes changed and it was not written to: the kernel told everything.
  case attributes
  /// It was opened for writing and closed, perhaps after its attributes changed; no write was told.
  case closed
  /// It was written, created or renamed to its path.
  case written
  /// A scan met it: anything may have been done.
  case found
}
