import AWSClients
import AWSSigning
import ContentInspection
import DaemonConfiguration
import DeliveryModel
import Dispatch
import FolderFeedback
import SystemSupport

/// Reads one file for its delivery: opens it below its folder's root, makes sure that it is the file that settled, and
/// computes every digest in one read.
///
/// The status before and after, and a lease between, prove that the digests belong to one state of the file.
struct FileReading {
  let delivery: Delivery
  let folder: FolderSettings
  let settings: EngineSettings
  let ownerNames: UserNames
  /// What S3's answers have to show; nil for what AWS's show.
  var proof: UploadProof?
  var savers: SambaWriters?

  /// Files up to this many bytes are kept in memory from hashing to sending.
  static let inMemoryLimit: Int64 = 256 << 10
  private static let chunk = 1 << 20
  /// A file that its folder refuses is read for the digest in its record, unless it is larger than this.
  private static let longestRefused: Int64 = 64 << 30
  /// Hashes the parts of the one file that is read in parts. Not a global queue: see ``TaskPool``.
  private static let besides = DispatchQueue(label: "s3loggerd.hash")

  /// What one reading of the content leads to.
  enum Step {
    case finished(HashedFile)
    /// The question has to be answered before ``finish(_:_:below:)``.
    case inspect(OpenedFile, InspectionQuestion)
  }

  /// Reads the file, and finishes it where nothing has to be found out about its content.
  func read(below root: RootDirectory) -> Step {
    if let reason = reasonToWaitForScanner {
      return .finished(outcome(.unreadable(code: "antivirus", reason: reason)))
    }
    do {
      let opened: OpenedFile
      switch try open(try root.openFile(delivery.file.path)) {
      case .opened(let file): opened = file
      case .ended(let outcome): return .finished(self.outcome(outcome))
      }
      if let question = try FileValidator.question(delivery.file, opened.inspected, by: folder.rules) {
        return .inspect(opened, question)
      }
      return .finished(try judge(opened, nil))
    } catch {
      return .finished(failed(error, root))
    }
  }

  /// Finishes a file about whose content something was found out.
  func finish(_ opened: OpenedFile, _ inspection: ContentInspector.Outcome, below root: RootDirectory) -> HashedFile {
    do {
      return try judge(opened, inspection)
    } catch {
      return failed(error, root)
    }
  }

  private func failed(_ error: any Error, _ root: RootDirectory) -> HashedFile {
    guard let error = error as? SystemCallError else {
      return outcome(.unreadable(code: "read-error", reason: "the file could not be read: \(error)"))
    }
    return outcome(FileFault(error, file: delivery.file, root: root).outcome)
  }

  private enum Opening {
    case opened(OpenedFile)
    /// It is not the file that settled, or not at rest, or nothing is to be read of it.
    case ended(HashOutcome)
  }

  /// Reads and hashes it, if it is what settled.
  private func open(_ descriptor: consuming OwnedDescriptor) throws -> Opening {
    let before = try descriptor.status()
    guard before.kind == .file, before.identity.matches(delivery.file.identity) else { return .ended(.changed) }
    if let reason = reasonNotToRead(before.identity.size) { return .ended(.tooLarge(reason: reason)) }
    if LeaseProbe.ask(descriptor.number) == .writerOpen { return .ended(.changed) }
    guard before.identity.size <= Self.inMemoryLimit else {
      let hashes = try hashLarge(descriptor)
      return .opened(OpenedFile(descriptor, before, nil, hashes))
    }
    let bytes = try descriptor.read(upTo: Int(before.identity.size) + 1)
    let hashes = Hashes(
      whole: SHA256.digest(of: bytes), parts: [], contentType: contentType(bytes.prefix(ContentSignature.length)),
      md5: wantsMD5 ? [MD5Digest.digest(of: bytes)].compactMap(\.self) : [])
    return .opened(OpenedFile(descriptor, before, bytes, hashes))
  }

  private func judge(_ opened: OpenedFile, _ inspection: ContentInspector.Outcome?) throws -> HashedFile {
    let verdict: Verdict?
    switch try FileValidator.judge(
      delivery.file, opened.inspected, by: folder.rules, inspection, scanner: settings.scanners[folder])
    {
    case .judged(let judged): verdict = judged
    case .wait(let code, let reason): return outcome(.unreadable(code: code, reason: reason))
    }
    guard try opened.isUnchanged() else { return outcome(.changed) }
    return prepare(opened.hashes, opened.takeContent(for: settings.readers[folder.name]), verdict)
  }

  /// Nothing is read for a scanner that is away, but what is refused without it.
  private var reasonToWaitForScanner: String? {
    let (file, rules) = (delivery.file, folder.rules)
    guard FileValidator.refusals(of: file.path, size: file.identity.size, by: rules).isEmpty else { return nil }
    return settings.scanners[folder]?.reasonToWait(file)
  }

  /// What its size alone decides: a sparse file costs nobody a byte of disk, and would be read for days.
  private func reasonNotToRead(_ size: Int64) -> String? {
    if size > MultipartPlan.maximumSize {
      return "it has \(size) bytes, and S3 takes no object of more than \(MultipartPlan.maximumSize) bytes (48.8 TiB)"
    }
    let refusals = FileValidator.refusals(of: delivery.file.path, size: size, by: folder.rules)
    guard size > Self.longestRefused, !refusals.isEmpty else { return nil }
    return Language.english.text(refusals) + " It is too large to be read for a record, so it stays where it is"
  }

  /// What one read of the content gives.
  struct Hashes {
    var whole: SHA256Digest
    var parts: [SHA256Digest]
    var contentType: String
    var md5: [MD5Digest] = []
  }

  /// The digest of the whole file and, for one that goes in parts, those of the parts. These are two digests of every
  /// byte, each of which takes most of the time there is: they are computed side by side.
  private func hashLarge(_ descriptor: borrowing OwnedDescriptor) throws -> Hashes {
    var whole = SHA256Hasher()
    var type: String?
    let size = delivery.file.identity.size
    guard var parts = PartHasher(partSize: partSize, withMD5: wantsMD5) else {
      var md5 = PartHasher.MD5(wanted: wantsMD5)
      try descriptor.readChunks(of: Self.chunk, upTo: size) { bytes in
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
      try reading.run(beside: Self.besides) { bytes in
        if type == nil { type = contentType(bytes.prefix(ContentSignature.length)) }
        whole.update(bytes)
      } second: {
        parts.pointee.update($0)
      }
    }
    let digests = parts.finish()
    return Hashes(
      whole: whole.finalize(), parts: digests.sha256, contentType: type ?? ContentType.unknown, md5: digests.md5)
  }

  private func contentType(_ beginning: some RandomAccessCollection<UInt8>) -> String {
    ContentType.of(delivery.file.path, beginning: beginning)
  }

  /// Whether the MD5 of what is sent is wanted, for a server whose answers may prove an upload by nothing else.
  private var wantsMD5: Bool { proof?.mayNeedMD5(inParts: partSize != nil) ?? false }

  /// Bytes of a part, for a file of the threshold and more; that of the upload under way, if there is one.
  private var partSize: Int64? {
    let size = delivery.file.identity.size
    guard size >= settings.configuration.upload.multipartThreshold else { return nil }
    if let begun = delivery.multipart { return begun.partSize }
    return MultipartPlan(size: size, preferredPartSize: settings.configuration.upload.partSize)?.partSize
  }

  private func prepare(_ hashes: Hashes, _ content: FileContent, _ verdict: Verdict?) -> HashedFile {
    let file = delivery.file
    let bucket = settings.configuration.aws.bucket
    if let frozen = delivery.prepared, frozen.sha256 == hashes.whole, frozen.bucket == bucket {
      let digest = FileDigest(
        prepared: frozen, partSize: partSize, partDigests: hashes.parts, md5: hashes.md5, verdict: verdict)
      return HashedFile(number: delivery.number, outcome: .hashed(digest), content: content)
    }
    let preimage = DeliveryID.preimage(
      folder: file.folder, path: file.path, modified: file.identity.modified, content: hashes.whole)
    let id = DeliveryID(digest: SHA256.digest(of: preimage))
    let owner = ownerNames.name(of: file.owner) ?? String(file.owner)
    let values = ObjectKeyTemplate.Values(
      folder: file.folder, path: file.path, received: file.received, host: settings.host, owner: owner, id: id)
    switch folder.key.render(values) {
    case .success(let key):
      let prepared = PreparedDelivery(
        sha256: hashes.whole, id: id, bucket: bucket, objectKey: key,
        contentType: hashes.contentType, owner: owner, host: settings.host,
        saver: savers?.saver(of: file, in: folder))
      let digest = FileDigest(
        prepared: prepared, partSize: partSize, partDigests: hashes.parts, md5: hashes.md5, verdict: verdict)
      return HashedFile(number: delivery.number, outcome: .hashed(digest), content: content)
    case .failure(let error):
      return outcome(.unnameable(reason: error.description))
    }
  }

  private func outcome(_ outcome: HashOutcome) -> HashedFile {
    HashedFile(number: delivery.number, outcome: outcome, content: nil)
  }
}
