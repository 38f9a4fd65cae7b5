import ContentInspection
import Cryptography
import DaemonConfiguration
import DeliveryModel
import Folders
import HTTPTransport
import SystemSupport

/// Hash ahead, send behind: each part of a large file is read once into memory, goes into the digest of the whole and its
/// own checksum there, and is sent from there while the next ones are read.
extension FileReading {
  /// What that needs.
  struct Ahead: Sendable {
    let memory: PartMemory
    /// Over TLS a part that is sent from the very memory that was hashed needs no SHA-256 of its own.
    let isOverTLS: Bool
    let post: @Sendable (ReadPart) -> Void
  }

  /// The parts of a file that may be sent before all of it is hashed: where nothing depends on its content, and where the file system
  /// tells whether it changed meanwhile.
  func planAhead(_ now: FileIdentity, below root: RootDirectory) -> MultipartPlan? {
    guard mayReadAhead(now, below: root), let partSize else { return nil }
    return MultipartPlan(size: now.size, resumingWithPartSize: partSize)
  }

  private func mayReadAhead(_ now: FileIdentity, below root: RootDirectory) -> Bool {
    guard ahead != nil, let partSize, partSize <= PartMemory.largest, now.size > partSize, !wantsMD5,
      !checksums.isOnTrial
    else {
      return false
    }
    guard delivery.number > 0, !delivery.isReadAnew, delivery.prepared == nil, delivery.previous == nil,
      delivery.arrival != nil, !delivery.isFromFirstScan
    else { return false }
    guard !folder.rules.canRefuse, !folder.key.placeholders.contains(.id), !settings.configuration.upload.writeOnce
    else {
      return false
    }
    return now.matches(delivery.file.identity) && !root.hasPassingInodes
  }

  /// What the upload is to be; nil where no key can be made of the name.
  func beginning(_ type: String?, _ partSize: Int64) -> AheadUpload? {
    // The key has no id in it.
    let id = DeliveryID(digest: SHA256.digest(of: [UInt8]()))
    guard case .success(let key) = key(with: id, owner: owner) else { return nil }
    let target = UploadTarget(
      bucket: settings.configuration.aws.bucket, objectKey: key, contentType: type ?? ContentType.unknown,
      owner: owner, host: settings.host)
    return AheadUpload(target: target, partSize: partSize)
  }

  /// Reads on by a part; see ``AheadReading``.
  func goOn(with file: AheadReading, _ memory: BodyMemory?, below root: RootDirectory) -> Step? {
    activity?.begin()
    defer { _ = activity?.rest() }
    do {
      guard try !file.readPart(of: self, into: memory) else { return nil }
      return try doubted(validate(file.finish(), below: root), root)
    } catch {
      file.stream.letGo()
      return .finished(ServedPlaces.doubt(failed(error, root), of: delivery.file, root))
    }
  }
}
