import AWSClients
import AWSSigning
import ContentInspection
import Cryptography
import DaemonConfiguration
import DeliveryModel
import Dispatch
import Folders
import SystemSupport

/// The digests of a file that is too large to be kept in memory.
extension FileReading {
  /// What one read of the content gives.
  struct Hashes {
    var whole: SHA256Digest
    var parts: [SHA256Digest]
    var contentType: String
    var md5: [MD5Digest] = []
    var crc64: [CRC64Checksum] = []
  }

  /// Those of the parts alone.
  struct PartHashes {
    var sha256: [SHA256Digest] = []
    var crc64: [CRC64Checksum] = []
  }

  /// The digest of the whole file and, for one that goes in parts, those of the parts. These are two digests of every
  /// byte, each of which takes most of the time there is: they are computed side by side.
  func hashLarge(_ descriptor: borrowing OwnedDescriptor) throws -> Hashes {
    var whole = SHA256Hasher()
    var type: String?
    let size = delivery.file.identity.size
    guard var parts = PartHasher(partSize: partSize, withMD5: wantsMD5, withCRC64: wantsCRC64) else {
      var md5 = PartHasher.MD5(wanted: wantsMD5)
      try descriptor.readChunks(of: Self.chunk, upTo: size) { bytes in
        comeOn()
        if type == nil { type = contentType(bytes.prefix(ContentSignature.length)) }
        whole.update(bytes)
        md5.update(bytes)
      }
      return Hashes(
        whole: whole.finalize(), parts: [], contentType: type ?? ContentType.unknown, md5: md5.finish())
    }
    try withUnsafeMutablePointer(to: &parts) { parts in
      // The other thread alone touches it.
      nonisolated(unsafe) let parts = parts
      var reading = TwofoldReading(descriptor, chunks: Self.chunk, upTo: size)
      try reading.run(beside: DispatchQueue(label: "s3loggerd.hash")) { bytes in
        comeOn()
        if type == nil { type = contentType(bytes.prefix(ContentSignature.length)) }
        whole.update(bytes)
      } second: {
        parts.pointee.update($0)
      }
    }
    let digests = parts.finish()
    return Hashes(
      whole: whole.finalize(), parts: digests.sha256, contentType: type ?? ContentType.unknown, md5: digests.md5,
      crc64: digests.crc64)
  }

  /// The digests that an earlier attempt found, where the file is certainly as it was then: a retry, a restart or an outage
  /// reads nothing again to know them. S3 is sent what it was signed over, and refuses other bytes.
  ///
  /// Nil where it has to be read: for a rule about its content, for an MD5 that nobody wanted before, and on file systems
  /// whose inode numbers and times are another machine's word.
  func knownHashes(_ now: FileIdentity, below root: RootDirectory) -> Hashes? {
    guard !delivery.isReadAnew, delivery.number > 0, let prepared = delivery.prepared, let whole = prepared.sha256,
      now.matches(delivery.file.identity), !folder.rules.canRefuse, !root.hasPassingInodes
    else { return nil }
    if partSize == nil, !wantsMD5 { return Hashes(whole: whole, parts: [], contentType: prepared.contentType) }
    guard let digests = delivery.digests, digests.whole == whole,
      digests.cover(size: now.size, partSize: partSize, withMD5: wantsMD5, withCRC64: wantsCRC64),
      digests.canSign(but: delivery.multipart.map { Array($0.parts.keys) } ?? [])
    else { return nil }
    return Hashes(
      whole: whole, parts: digests.parts, contentType: prepared.contentType,
      md5: digests.md5.map { MD5Digest(bytes: $0) }, crc64: digests.crc64)
  }
}
