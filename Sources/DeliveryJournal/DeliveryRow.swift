import DeliveryModel

/// Reads deliveries from rows; the order of the columns is fixed here and nowhere else.
enum DeliveryRow {
  static let columns = """
    d.number, d.state, d.next_attempt, d.attempts, d.folder, d.directory, d.name, d.device, d.inode, d.size, \
    d.modified, d.changed, d.generation, d.owner, d.received, d.settled, d.evidence, d.discovery, d.sha256, \
    d.delivery_id, d.bucket, d.object_key, d.content_type, d.owner_name, d.host, d.etag, d.version_id, d.uploaded, \
    d.logged, d.upload_id, d.part_size, d.last_error, d.failures, d.strikes, d.verdict, d.findings, d.reason, \
    d.saved_by, d.saved_from, d.saved_by_source, d.restarts, d.root, d.audience, d.arrival, d.asked, d.gone IS NOT NULL, \
    d.crc64, d.part_checksum
    """

  /// The delivery in `row`; nil for a row that this program could not have written.
  static func delivery(_ row: SQLRow, _ roots: FolderRoots) throws -> Delivery? {
    guard let state = StateCode.state(row.integer(1)), let file = try file(row, roots) else { return nil }
    var delivery = Delivery(
      number: row.integer(0), file: file, state: state, prepared: prepared(row), receipt: receipt(row),
      logged: row.optionalInteger(28).map(time), attempts: Int(row.integer(3)), failures: Int(row.integer(32)),
      strikes: Int(row.integer(33)), restarts: Int(row.integer(40)), nextAttempt: time(row.integer(2)),
      lastError: row.optionalText(31),
      multipart: multipart(row), verdict: verdict(row), arrival: ArrivalID(bytes: row.bytes(43)))
    delivery.wasAsked = row.integer(44) != 0
    delivery.isGone = row.integer(45) != 0
    return delivery
  }

  static func path(directory: [UInt8], name: [UInt8]) -> RelativePath {
    RelativePath(unchecked: directory).appending(name)
  }

  private static func file(_ row: SQLRow, _ roots: FolderRoots) throws -> SettledFile? {
    guard let evidence = SettleEvidence(rawValue: row.text(16)), let discovery = Discovery(rawValue: row.text(17))
    else {
      return nil
    }
    return SettledFile(
      folder: row.text(4), path: path(directory: row.bytes(5), name: row.bytes(6)), identity: identity(row, from: 7),
      owner: UInt32(truncatingIfNeeded: row.integer(13)), received: time(row.integer(14)),
      settled: time(row.integer(15)), evidence: evidence, discovery: discovery,
      root: try row.optionalInteger(41).flatMap(roots.root),
      audience: row.optionalInteger(42).flatMap(Audience.init))
  }

  /// Six columns from `column` on.
  static func identity(_ row: SQLRow, from column: Int32) -> FileIdentity {
    FileIdentity(
      device: row.bits(column), inode: row.bits(column + 1), size: row.integer(column + 2),
      modified: row.integer(column + 3), changed: row.integer(column + 4), generation: row.bits(column + 5))
  }

  private static func prepared(_ row: SQLRow) -> PreparedDelivery? {
    guard let id = DeliveryID(bytes: row.bytes(19)) else { return nil }
    return PreparedDelivery(
      sha256: row.digest(18), id: id, bucket: row.text(20), objectKey: row.text(21), contentType: row.text(22),
      owner: row.text(23), host: row.text(24),
      saver: row.optionalText(37).map { FileSaver(user: $0, address: row.text(38), source: row.text(39)) })
  }

  private static func receipt(_ row: SQLRow) -> UploadReceipt? {
    guard let etag = row.optionalText(25) else { return nil }
    return UploadReceipt(
      etag: etag, versionID: row.optionalText(26), uploaded: time(row.integer(27)),
      crc64: row.optionalBytes(46).flatMap { CRC64Checksum(bytes: $0) })
  }

  private static func verdict(_ row: SQLRow) -> Verdict? {
    row.optionalText(34).flatMap(Verdict.Decision.init).map {
      Verdict(decision: $0, findings: [Finding](encoded: row.text(35)), reason: row.text(36))
    }
  }

  private static func multipart(_ row: SQLRow) -> MultipartProgress? {
    row.optionalText(29).map { uploadID in
      MultipartProgress(
        uploadID: uploadID, partSize: row.integer(30),
        checksum: row.optionalText(47).flatMap(ChecksumAlgorithm.init) ?? .sha256, target: target(row))
    }
  }

  /// What an upload is of whose content is not known yet.
  private static func target(_ row: SQLRow) -> UploadTarget? {
    guard row.isNull(19), let bucket = row.optionalText(20), let key = row.optionalText(21) else { return nil }
    return UploadTarget(
      bucket: bucket, objectKey: key, contentType: row.text(22), owner: row.text(23), host: row.text(24))
  }

  static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
}

extension Database {
  /// The deliveries that `condition` (SQL over the alias `d`) selects, each with the parts of its multipart upload.
  /// `wanted` is asked before a row is read in full; at most `limit`.
  func deliveries(
    _ condition: String, _ values: [SQLValue] = [], limit: Int = .max, where wanted: (Int64) -> Bool = { _ in true }
  ) throws -> [Delivery] {
    var deliveries: [Delivery] = []
    guard limit > 0 else { return [] }
    let roots = FolderRoots(self)
    try rows("SELECT \(DeliveryRow.columns) FROM delivery d \(condition)", values) { row in
      guard wanted(row.integer(0)), let delivery = try DeliveryRow.delivery(row, roots) else { return true }
      deliveries.append(delivery)
      return deliveries.count < limit
    }
    for index in deliveries.indices where deliveries[index].multipart != nil {
      let parts = try parts(of: deliveries[index].number)
      deliveries[index].multipart?.parts = parts
    }
    for index in deliveries.indices where deliveries[index].mayHaveDigests {
      deliveries[index].digests = try digests(of: deliveries[index].number)
    }
    return deliveries
  }

  private func digests(of number: Int64) throws -> PartDigests? {
    var found: PartDigests?
    try rows("SELECT whole, part_size, parts, md5, crc64 FROM content_digest WHERE delivery = ?", [.integer(number)]) {
      row in
      if let whole = row.digest(0) {
        found = PartDigests(
          whole: whole, partSize: row.integer(1), packedParts: row.bytes(2), packedMD5: row.bytes(3),
          packedCRC64: row.bytes(4))
      }
      return false
    }
    return found
  }

  private func parts(of number: Int64) throws -> [Int: UploadedPart] {
    var parts: [Int: UploadedPart] = [:]
    try rows("SELECT part, etag, checksum FROM part WHERE delivery = ?", [.integer(number)]) { row in
      if let checksum = PartChecksum(bytes: row.bytes(2)) {
        parts[Int(row.integer(0))] = UploadedPart(etag: row.text(1), checksum: checksum)
      }
      return true
    }
    return parts
  }

  /// Adds what was delivered last from the path, and what else was of late.
  func addPast(to delivery: inout Delivery) throws {
    let file = delivery.file
    let roots = FolderRoots(self)
    var past = Past(number: delivery.number)
    try rows(Self.past, DeliveryPath.values(file.path, folder: file.folder) + [.integer(delivery.number)]) { row in
      // What was at this path in another directory of the folder's name is another file.
      if let number = row.optionalInteger(8), let here = file.root, let there = try roots.root(number),
        there.isOther(than: here)
      {
        return true
      }
      past.take(row)
      return true
    }
    delivery.previous = past.previous
    delivery.formerContents = past.former
    delivery.scanned = past.scanned
    delivery.isSuperseded = past.isSuperseded
  }

  /// The newest of the later ones, and those before it: beyond that the table tells, as a record is never replaced.
  static let past = """
    SELECT * FROM (\(past("d.number > ?5 AND d.state <> 4", limit: 8))) \
    UNION ALL SELECT * FROM (\(past("d.number < ?5", limit: 64)))
    """

  private static func past(_ condition: String, limit: Int) -> String {
    """
    SELECT d.number, d.state, d.sha256, d.verdict, d.gone IS NOT NULL, d.etag IS NOT NULL, d.discovery, d.size, d.root, d.last_code \
    FROM delivery d WHERE \(DeliveryPath.numbered) AND \(condition) ORDER BY d.number DESC LIMIT \(limit)
    """
  }

  /// What the rows of a path, newest first, are to one of them.
  private struct Past {
    let number: Int64
    var previous: PreviousDelivery?
    var former: Set<SHA256Digest> = []
    var scanned = ScannedContent.none
    var isSuperseded = false
    /// What was at the path between the last delivered one and this one.
    private var between: [(digest: SHA256Digest?, size: Int64)] = []

    init(number: Int64) { self.number = number }

    /// Whether another content was there since.
    private func isFollowed(_ digest: SHA256Digest, _ size: Int64) -> Bool {
      between.contains { $0.size != size || $0.digest.map { $0 != digest } ?? false }
    }

    mutating func take(_ row: SQLRow) {
      let number = row.integer(0)
      // A file that was refused is judged anew, and its record has another key.
      guard let state = StateCode.state(row.integer(1)) else { return }
      if state == .withdrawn, row.optionalText(9) == "dismissed" {
        // Nobody wants this content: as if it had been delivered.
        guard previous == nil, number < self.number, let digest = row.digest(2) else { return }
        let isGone = row.integer(4) != 0 || isFollowed(digest, row.integer(7))
        previous = PreviousDelivery(number: number, sha256: digest, isRecorded: false, isGone: isGone)
        return
      }
      guard
        state == .logged || row.optionalText(3) != "rejected"
      else { return }
      let (digest, isGone, size) = (row.digest(2), row.integer(4) != 0, row.integer(7))
      if number > self.number { isSuperseded = true }
      switch state {
      case .logged, .uploaded:
        guard let digest else { return }
        // The record of one that S3 has waits for DynamoDB.
        former.insert(digest)
        if previous != nil { return }
        let isFollowed = isFollowed(digest, size)
        previous = PreviousDelivery(
          number: number, sha256: digest, isRecorded: state == .logged, isGone: isGone || isFollowed)
      case .pending, .parked, .rejected, .withdrawn:
        // Of what S3 has the record was refused; where the file was only touched since, this is the same arrival.
        if state == .parked, row.integer(5) != 0, let digest, isGone || previous != nil || isFollowed(digest, size) {
          former.insert(digest)
        }
        guard previous == nil, number < self.number, !isGone else { return }
        if state == .pending || state == .parked || digest != nil { between.append((digest, size)) }
        // It was saved again or touched before it was sent.
        if scanned == .none, row.text(6) == Discovery.firstScan.rawValue {
          scanned = digest.map(ScannedContent.content) ?? .unread
        }
      }
    }
  }
}

/// A path as the tables hold it.
enum DeliveryPath {
  static let condition = "d.place = ? AND d.name = ? AND d.folder = ? AND d.directory = ?"
  static let numbered = "d.place = ?1 AND d.name = ?2 AND d.folder = ?3 AND d.directory = ?4"

  /// Those of ``condition``.
  static func values(_ path: RelativePath, folder: String) -> [SQLValue] {
    let directory = path.directory.bytes
    return [
      .integer(place(directory, folder: folder)), .bytes(Array(path.name)), .text(folder), .bytes(directory),
    ]
  }

  /// The same for files of one directory: their names are bound one after the other, at ``nameParameter``.
  static func values(in directory: RelativePath, folder: String) -> [SQLValue] {
    [.integer(place(directory.bytes, folder: folder)), .null, .text(folder), .bytes(directory.bytes)]
  }

  static let nameParameter: Int32 = 2

  /// The rows of the same path in `other`, which is another row of the table.
  static func isSame(_ row: String, as other: String) -> String {
    ["place", "name", "folder", "directory"].map { "\(row).\($0) = \(other).\($0)" }.joined(separator: " AND ")
  }

  /// Stands for a directory of a folder in the index of paths: FNV-1a, 64 bits, over the folder's name, a zero byte and the
  /// directory's path. Two may have the same, so that the directory itself is compared too. Part of the journal's schema.
  static func place(_ directory: some Sequence<UInt8>, folder: String) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for byte in folder.utf8 { add(byte) }
    add(0)
    for byte in directory { add(byte) }
    return Int64(bitPattern: hash)
  }

  static let placeName = "s3loggerd_place"

  /// The same in SQL, for rows that were written without it.
  static let placeFunction = SQLFunction(name: placeName, argumentCount: 2) { values in
    guard case .text(let folder) = values[0], case .bytes(let directory) = values[1] else { return .null }
    return .integer(place(directory, folder: folder))
  }
}

extension Delivery {
  /// Whether the journal may hold digests of its parts.
  fileprivate var mayHaveDigests: Bool { state == .pending && prepared?.sha256 != nil }
}
