import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

extension TemporaryDirectory {
  var file: String { path + "/journal.db" }

  func journal() throws -> Journal {
    try Journal(directory: path, now: now) { Issue.record("set aside as \($0)") }
  }

  func delivery(_ number: Int64) throws -> Delivery {
    try #require(try JournalReader(directory: path).delivery(number))
  }
}

let now = Timestamp(milliseconds: 1_795_000_000_000)

func digest(_ seed: UInt64 = 1) -> SHA256Digest { SHA256Digest(words: (seed, 2, 3, seed << 60 | 4)) }

func identity(_ inode: UInt64 = 7) -> FileIdentity {
  FileIdentity(
    device: .max, inode: inode, size: 20_000, modified: -1, changed: 1_795_000_000_000_000_001, generation: 1 << 63 + 5)
}

func settled(
  _ path: String, folder: String = "inbox", inode: UInt64 = 7, at moment: Timestamp = now, root: FolderRoot? = nil
) -> SettledFile {
  settled(Array(path.utf8), folder: folder, inode: inode, at: moment, root: root)
}

func settled(
  _ path: [UInt8], folder: String = "inbox", inode: UInt64 = 7, at moment: Timestamp = now, root: FolderRoot? = nil
) -> SettledFile {
  SettledFile(
    folder: folder, path: RelativePath(unchecked: path), identity: identity(inode), owner: 4_294_967_294,
    received: moment, settled: moment + .seconds(5), evidence: .quietWindow, discovery: .rescan, root: root)
}

extension SettledFile {
  /// The file as it was before it was saved again.
  static func changed(_ path: String) -> SettledFile {
    var identity = DeliveryJournalTests.identity()
    identity.modified -= 1
    return SettledFile(
      folder: "inbox", path: RelativePath(unchecked: Array(path.utf8)), identity: identity, owner: 0, received: now,
      settled: now, evidence: .quietWindow, discovery: .rescan)
  }
}

func prepared(_ seed: UInt64 = 1) -> PreparedDelivery {
  PreparedDelivery(
    sha256: digest(seed), id: DeliveryID(digest: digest(seed)), bucket: "bucket", objectKey: "inbox/ä.pdf",
    contentType: "application/pdf", owner: "anna", host: "filer")
}

let receipt = UploadReceipt(etag: "\"abc\"", versionID: "v1", uploaded: now + .seconds(7))

let failure = ServiceFailure(lane: .s3, failureClass: .retry, code: "SlowDown", message: "S3 asks to slow down")

extension Journal {
  /// A new delivery in `pending`.
  func receive(_ file: SettledFile) async throws -> Int64 {
    try #require(try await commit([.received(file)]).first)
  }

  /// A delivery brought as far as `state`.
  func deliver(_ file: SettledFile, to state: DeliveryState = .logged, seed: UInt64 = 1) async throws -> Int64 {
    let number = try await receive(file)
    try await advance(number, to: state, seed: seed)
    return number
  }

  func advance(_ number: Int64, to state: DeliveryState, seed: UInt64 = 1) async throws {
    let upload: [JournalChange] = [
      .prepared(number: number, prepared(seed)), .attemptBegan(number: number, at: now),
      .uploaded(number: number, receipt),
    ]
    switch state {
    case .pending: return
    case .uploaded: _ = try await commit(upload)
    case .logged:
      _ = try await commit(upload + [.logged(number: number, at: now + .seconds(9), alreadyRecorded: false)])
    case .parked: _ = try await commit([.parked(number: number, code: "denied", reason: "no right", at: now)])
    case .withdrawn: _ = try await commit([.withdrawn(number: number, reason: "gone", at: now)])
    case .rejected: Issue.record("nothing rejects yet")
    }
  }
}

extension RelativePath: ExpressibleByStringLiteral {
  /// The text's own bytes.
  public init(stringLiteral text: String) {
    self.init(unchecked: Array(text.utf8))
  }
}
