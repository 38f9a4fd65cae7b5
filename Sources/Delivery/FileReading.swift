import AWSClients
import AWSSigning
import ContentInspection
import Cryptography
import DaemonConfiguration
import DeliveryModel
import Dispatch
import Folders
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
  /// What parts are verified by.
  var checksums = ChecksumPolicy()
  /// Nil where files are hashed first.
  var ahead: Ahead?
  var savers: SambaWriters?
  /// Whether the reading comes on, where it takes long.
  var activity: FolderActivity?
  /// See ``FolderRunner/knownDevice``.
  var knownDevice: UInt64?
  /// Called when a piece of a large file has been read.
  var comeOn: @Sendable () -> Void = {}

  /// Files up to this many bytes are kept in memory from hashing to sending.
  static let inMemoryLimit: Int64 = 256 << 10
  /// Files of so many bytes are read beside the others of their folder, which would wait for minutes.
  static let long: Int64 = 1 << 30
  static let chunk = 1 << 20
  /// Bytes. A file that its folder refuses by size or name is read for the digest in its record, unless it is larger.
  static let longestRefused: Int64 = 1 << 30

  /// What one reading of the content leads to.
  enum Step {
    case finished(HashedFile)
    /// The question has to be answered before ``finish(_:_:below:)``.
    case inspect(OpenedFile, InspectionQuestion)
    /// It is sent while it is read, part by part: ``goOn(with:_:below:)``.
    case ahead(AheadReading)
  }

  /// Reads the file, and finishes it where nothing has to be found out about its content.
  func read(below root: RootDirectory) -> Step {
    if !isComparison, let reason = reasonToWaitForScanner {
      return .finished(outcome(.unreadable(code: "antivirus", reason: reason)))
    }
    return doubted(step(below: root), root)
  }

  func doubted(_ step: Step, _ root: RootDirectory) -> Step {
    guard case .finished(let file) = step else { return step }
    return .finished(ServedPlaces.doubt(file, of: delivery.file, root))
  }

  private func step(below root: RootDirectory) -> Step {
    do {
      switch try open(try root.openFile(delivery.file.path), below: root) {
      case .opened(let file): return try validate(file, below: root)
      case .ahead(let file): return .ahead(file)
      case .ended(let outcome): return .finished(self.outcome(outcome))
      case .refused(let verdict): return .finished(refuse(verdict))
      }
    } catch {
      return .finished(failed(error, root))
    }
  }

  /// Judges a file that was read to its end, or says what has to be found out for that.
  func validate(_ opened: OpenedFile, below root: RootDirectory) throws -> Step {
    if isComparison { return .finished(try settle(opened, nil, below: root)) }
    if let question = try FileValidator.question(delivery.file, opened.inspected, by: folder.rules) {
      return .inspect(opened, question)
    }
    return .finished(try judge(opened, nil, below: root))
  }

  /// Finishes a file about whose content something was found out.
  func finish(_ opened: OpenedFile, _ inspection: ContentInspector.Outcome, below root: RootDirectory) -> HashedFile {
    do {
      return ServedPlaces.doubt(try judge(opened, inspection, below: root), of: delivery.file, root)
    } catch {
      return ServedPlaces.doubt(failed(error, root), of: delivery.file, root)
    }
  }

  func failed(_ error: any Error, _ root: RootDirectory) -> HashedFile {
    guard let error = error as? SystemCallError else {
      return outcome(.unreadable(code: "read-error", reason: "the file could not be read: \(error)"))
    }
    return outcome(FileFault(error, file: delivery.file, root: root, knownDevice: knownDevice).outcome)
  }

  private enum Opening {
    case opened(OpenedFile)
    /// Nothing of it is read yet.
    case ahead(AheadReading)
    /// It is not the file that settled, or not at rest, or can be no object.
    case ended(HashOutcome)
    /// Its size or name is refused, and it is too large to be read for that.
    case refused(Verdict)
  }

  /// Reads and hashes it, if it is what settled.
  private func open(_ descriptor: consuming OwnedDescriptor, below root: RootDirectory) throws -> Opening {
    activity?.begin()
    defer { _ = activity?.rest() }
    let before = try descriptor.status()
    guard before.kind == .file, mayBeDelivered(before.identity) else { return .ended(.changed) }
    if let outcome = outcomeUnread(before.identity.size) { return .ended(outcome) }
    if LeaseProbe.ask(descriptor.number) == .writerOpen { return .ended(.changed) }
    if !isComparison, let verdict = verdictUnread(before.identity.size) {
      return before.identity.matches(delivery.file.identity) ? .refused(verdict) : .ended(.changed)
    }
    guard before.identity.size <= Self.inMemoryLimit else {
      if let known = knownHashes(before.identity, below: root) {
        return .opened(OpenedFile(descriptor, before, nil, known))
      }
      if let ahead, let plan = planAhead(before.identity, below: root) {
        let signs = !(ahead.isOverTLS && wantsCRC64) || checksums.signsBodies
        let stream = PartStream { ahead.memory.review() }
        return .ahead(AheadReading(delivery.number, descriptor, before, plan, signs: signs, stream: stream))
      }
      let hashes = try hashLarge(descriptor)
      return .opened(OpenedFile(descriptor, before, nil, hashes))
    }
    let bytes = try descriptor.read(upTo: Int(before.identity.size) + 1)
    let hashes = Hashes(
      whole: SHA256.digest(of: bytes), parts: [], contentType: contentType(bytes.prefix(ContentSignature.length)),
      md5: wantsMD5 ? [MD5Digest.digest(of: bytes)].compactMap(\.self) : [])
    return .opened(OpenedFile(descriptor, before, bytes, hashes))
  }

  /// Whether the file may be what the delivery is of, as far as its status tells. Where it is in another state, what was
  /// hashed before is compared with the digest; a file that was never read is the delivery's if nothing says that it was
  /// written to (``Recognition``).
  private func mayBeDelivered(_ now: FileIdentity) -> Bool {
    let then = delivery.file.identity
    if now.matches(then) { return true }
    guard now.size == then.size, delivery.number > 0, !delivery.isSuperseded else { return false }
    return delivery.prepared?.sha256 != nil || now.modified == then.modified
  }

  /// The state in which it was read; nil where that is the delivery's. A content that is not the delivery's is nil too.
  private func state(_ opened: OpenedFile, below root: RootDirectory) -> FileIdentity?? {
    var now = opened.identity
    let then = delivery.file.identity
    if now.matches(then) { return .some(nil) }
    if let digest = delivery.prepared?.sha256, digest != opened.hashes.whole { return nil }
    if root.hasPassingInodes, then.inode == 0 || !now.isSameFile(as: then) { now = now.withoutInode }
    return now
  }

  private func judge(
    _ opened: OpenedFile, _ inspection: ContentInspector.Outcome?, below root: RootDirectory
  ) throws -> HashedFile {
    let verdict: Verdict?
    switch try FileValidator.judge(
      delivery.file, opened.inspected, by: folder.rules, inspection, scanner: settings.scanners[folder])
    {
    case .judged(let judged): verdict = judged
    case .wait(let code, let reason): return outcome(.unreadable(code: code, reason: reason))
    }
    return try settle(opened, verdict, below: root)
  }

  /// Whether it is read to be compared with what was delivered, and not judged: what has another content is a delivery of
  /// its own, and judged then.
  private var isComparison: Bool { delivery.number < 0 }

  private func settle(_ opened: OpenedFile, _ verdict: Verdict?, below root: RootDirectory) throws -> HashedFile {
    switch try opened.comparison() {
    case .same: break
    case .touched: return outcome(.touched)
    case .changed: return outcome(.changed)
    }
    guard let state = state(opened, below: root) else { return outcome(.changed) }
    return prepare(opened.hashes, opened.takeContent(for: settings.readers[folder.name]), verdict, state)
  }

  /// Nothing is read for a scanner that is away, but what is refused without it.
  private var reasonToWaitForScanner: String? {
    let (file, rules) = (delivery.file, folder.rules)
    guard FileValidator.refusals(of: file.path, size: file.identity.size, by: rules).isEmpty else { return nil }
    return settings.scanners[folder]?.reasonToWait(file)
  }

  /// What size and name alone decide, whatever is in it: a sparse file costs nobody a byte of disk, and would be read for
  /// days.
  private func outcomeUnread(_ size: Int64) -> HashOutcome? {
    if size > MultipartPlan.maximumSize {
      return .tooLarge(
        reason:
          "it has \(size) bytes, and S3 takes no object of more than \(MultipartPlan.maximumSize) bytes (48.8 TiB)")
    }
    // All ids are of one length, so that any one tells whether a key can be made.
    let id = DeliveryID(digest: SHA256.digest(of: [UInt8]()))
    guard case .failure(let error) = key(with: id, owner: owner) else { return nil }
    return .unnameable(reason: error.description)
  }

  /// Whether nothing of a file is read, as its size decides, or its size and name: it need not wait for files that are.
  static func isJudgedUnread(_ file: SettledFile, by rules: FileRules) -> Bool {
    let size = file.identity.size
    guard size > longestRefused else { return false }
    return size > MultipartPlan.maximumSize || !FileValidator.refusals(of: file.path, size: size, by: rules).isEmpty
  }

  private func verdictUnread(_ size: Int64) -> Verdict? {
    guard size > Self.longestRefused else { return nil }
    return FileValidator.verdict(
      refusals: FileValidator.refusals(of: delivery.file.path, size: size, by: folder.rules), remarks: [])
  }

  /// Its record says what is known without its content.
  private func refuse(_ verdict: Verdict) -> HashedFile {
    prepare(nil, ContentType.guess(for: delivery.file.path), parts: PartHashes(), md5: [], nil, verdict)
  }

  func contentType(_ beginning: some RandomAccessCollection<UInt8>) -> String {
    ContentType.of(delivery.file.path, beginning: beginning)
  }

  /// Whether the MD5 of what is sent is wanted, for a server whose answers may prove an upload by nothing else.
  var wantsMD5: Bool {
    if wantsCRC64, checksums.isCertain { return false }
    return proof?.mayNeedMD5(inParts: partSize != nil) ?? false
  }

  /// Whether the CRC-64/NVME of its parts is wanted: an upload goes on with what it was begun with.
  var wantsCRC64: Bool { partSize != nil && (delivery.multipart?.checksum ?? checksums.algorithm) == .crc64nvme }

  /// Bytes of a part, for a file of the threshold and more; that of the upload under way, if there is one.
  var partSize: Int64? {
    let size = delivery.file.identity.size
    guard size >= settings.configuration.upload.multipartThreshold else { return nil }
    if let begun = delivery.multipart { return begun.partSize }
    return MultipartPlan(size: size, preferredPartSize: settings.configuration.upload.partSize)?.partSize
  }

  private func prepare(
    _ hashes: Hashes, _ content: FileContent, _ verdict: Verdict?, _ state: FileIdentity?
  ) -> HashedFile {
    prepare(
      hashes.whole, hashes.contentType, parts: PartHashes(sha256: hashes.parts, crc64: hashes.crc64), md5: hashes.md5,
      content, verdict, state)
  }

  /// What an earlier attempt fixed about the same content stays.
  private func prepare(
    _ whole: SHA256Digest?, _ contentType: String, parts: PartHashes, md5: [MD5Digest],
    _ content: FileContent?, _ verdict: Verdict?, _ state: FileIdentity? = nil
  ) -> HashedFile {
    let file = state.map { delivery.file.inState($0) } ?? delivery.file
    let bucket = settings.configuration.aws.bucket
    let prepared: PreparedDelivery
    if let frozen = delivery.prepared, frozen.sha256 == whole, frozen.bucket == bucket {
      prepared = frozen
    } else {
      let owner = owner
      // What the journal knows under this path already has the id without the arrival.
      let isRepeated = whole.map(delivery.formerContents.contains) ?? false
      let id = DeliveryID(file, delivery.content(whole), arrival: isRepeated ? delivery.arrival : nil)
      switch key(with: id, owner: owner) {
      case .success(let key):
        prepared = PreparedDelivery(
          sha256: whole, id: id, bucket: bucket, objectKey: key, contentType: contentType, owner: owner,
          host: settings.host, saver: savers?.saver(of: delivery.file, in: folder))
      case .failure(let error): return outcome(.unnameable(reason: error.description))
      }
    }
    let digest = FileDigest(
      prepared: prepared, partSize: whole == nil ? nil : partSize, partDigests: parts.sha256,
      partCRC64: parts.crc64, md5: md5, verdict: verdict, identity: identity(prepared, file),
      state: state)
    return HashedFile(number: delivery.number, outcome: .hashed(digest), content: content)
  }

  /// What is to be asked before it is sent. A key with the date of arrival is another one than before.
  private func identity(_ prepared: PreparedDelivery, _ file: SettledFile) -> IdentityChoice? {
    guard delivery.number > 0, let whole = prepared.sha256, let arrival = delivery.arrival else { return nil }
    let isInKey = folder.key.placeholders.contains(.id)
    let mayBeKnown = file.discovery == .firstScan && !folder.key.hasDate
    guard isInKey || mayBeKnown else { return nil }
    let own = DeliveryID(file, .digest(whole), arrival: arrival)
    guard own != prepared.id, case .success(let ownKey) = key(with: own, owner: prepared.owner) else { return nil }
    var choice = IdentityChoice(own: RecordKey(id: own, objectKey: ownKey), isInKey: isInKey)
    let former = DeliveryID(formerlyOf: file, whole)
    if mayBeKnown, former != prepared.id, case .success(let formerKey) = key(with: former, owner: prepared.owner) {
      choice.former = RecordKey(id: former, objectKey: formerKey)
    }
    return choice
  }

  var owner: String { ownerNames.name(of: delivery.file.owner) ?? String(delivery.file.owner) }

  func key(with id: DeliveryID, owner: String) -> Result<String, ObjectKeyError> {
    folder.key.render(
      ObjectKeyTemplate.Values(
        folder: delivery.file.folder, path: delivery.file.path, received: delivery.file.received, host: settings.host,
        owner: owner, id: id))
  }

  private func outcome(_ outcome: HashOutcome) -> HashedFile {
    HashedFile(number: delivery.number, outcome: outcome, content: nil)
  }
}
