import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

@Suite struct ChangeTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  @Test("A received file comes back exactly as it was handed over")
  func received() async throws {
    let file = settled([0xff, 0x2f, 0x0a, 0x00 + 1, 0xfe])
    let number = try await journal.receive(file)
    let delivery = try directory.delivery(number)
    let arrival = try #require(delivery.arrival)
    #expect(
      delivery == Delivery(number: number, file: file, nextAttempt: file.settled, arrival: arrival))
    #expect(try directory.delivery(try await journal.receive(file)).arrival != arrival)
  }

  @Test("Numbers are given in the order of the changes, and never again")
  func numbers() async throws {
    let first = try await journal.commit([.received(settled("a")), .received(settled("b"))])
    #expect(first == [1, 2])
    #expect(try await journal.commit([.received(settled("c"))]) == [3])
  }

  @Test("A delivery goes its whole way in one batch")
  func wholeWay() async throws {
    let number = try await journal.deliver(settled("a"))
    let delivery = try directory.delivery(number)
    #expect(delivery.state == .logged)
    #expect(delivery.prepared == prepared())
    #expect(delivery.receipt == receipt)
    #expect(delivery.logged == now + .seconds(9))
    #expect(delivery.attempts == 1)
  }

  @Test("Preparing and beginning an attempt count the same apart and together")
  func attempts() async throws {
    let number = try await journal.receive(settled("a"))
    _ = try await journal.commit([.prepared(number: number, prepared())])
    #expect(try directory.delivery(number).attempts == 0)
    _ = try await journal.commit([.attemptBegan(number: number, at: now)])
    var saved = prepared(9)
    saved.saver = FileSaver(user: "anna", address: "192.0.2.7", source: "samba")
    _ = try await journal.commit([.prepared(number: number, saved), .attemptBegan(number: number, at: now)])
    let delivery = try directory.delivery(number)
    #expect(delivery.attempts == 2)
    #expect(delivery.prepared == saved)
  }

  @Test("Preparing one delivery does not count the attempt of another")
  func neighbours() async throws {
    let numbers = try await journal.commit([.received(settled("a")), .received(settled("b"))])
    _ = try await journal.commit([
      .prepared(number: numbers[0], prepared()), .attemptBegan(number: numbers[1], at: now),
    ])
    #expect(try directory.delivery(numbers[0]).attempts == 0)
    #expect(try directory.delivery(numbers[1]).attempts == 1)
  }

  @Test("A failed attempt is noted, with its reason and when to try again")
  func failed() async throws {
    let number = try await journal.receive(settled("a"))
    _ = try await journal.commit([.failed(number: number, failure, at: now, nextAttempt: now + .seconds(30))])
    let delivery = try directory.delivery(number)
    #expect(delivery.state == .pending)
    #expect(delivery.nextAttempt == now + .seconds(30))
    #expect(delivery.lastError == "S3 asks to slow down")
    let attempts = try JournalReader(directory: directory.path).attempts(of: number)
    #expect(attempts.map(\.code) == ["SlowDown"])
    #expect(attempts.map(\.message) == ["S3 asks to slow down"])
    #expect(attempts.map(\.state) == [.pending])
  }

  @Test("Of the failed attempts the newest 50 are kept")
  func boundedAttempts() async throws {
    let number = try await journal.receive(settled("a"))
    _ = try await journal.commit(
      (1...60).map { .failed(number: number, failure, at: now + .seconds($0), nextAttempt: now) })
    let attempts = try JournalReader(directory: directory.path).attempts(of: number)
    #expect(attempts.map(\.at) == (11...60).map { now + .seconds($0) })
  }

  @Test("A success forgets the error before it")
  func errorCleared() async throws {
    let number = try await journal.receive(settled("a"))
    _ = try await journal.commit([.failed(number: number, failure, at: now, nextAttempt: now)])
    try await journal.advance(number, to: .uploaded)
    #expect(try directory.delivery(number).lastError == nil)
  }

  @Test("A parked delivery returns to where it stood", arguments: [DeliveryState.pending, .uploaded])
  func parkedAndRetried(state: DeliveryState) async throws {
    let number = try await journal.deliver(settled("a"), to: state)
    _ = try await journal.commit([.parked(number: number, code: "denied", reason: "no right", at: now)])
    #expect(try directory.delivery(number).state == .parked)
    #expect(try directory.delivery(number).lastError == "no right")
    _ = try await journal.commit([.retried(number: number, at: now + .seconds(60))])
    #expect(try directory.delivery(number).state == state)
    #expect(try directory.delivery(number).nextAttempt == now + .seconds(60))
  }

  @Test("A multipart upload is resumed with the parts that were acknowledged")
  func multipart() async throws {
    let number = try await journal.receive(settled("a"))
    let parts = [1: UploadedPart(etag: "one", sha256: digest(1)), 3: UploadedPart(etag: "three", sha256: digest(3))]
    _ = try await journal.commit([
      .prepared(number: number, prepared()), .multipartBegan(number: number, uploadID: "up", partSize: 5 << 20),
      .partUploaded(number: number, part: 1, UploadedPart(etag: "old", sha256: digest(8))),
    ])
    _ = try await journal.commit(parts.map { .partUploaded(number: number, part: $0.key, $0.value) })
    #expect(
      try directory.delivery(number).multipart == MultipartProgress(uploadID: "up", partSize: 5 << 20, parts: parts))
  }

  @Test("An upload keeps what it is verified by, its digests and its receipt theirs")
  func checksums() async throws {
    let number = try await journal.receive(settled("a"))
    let part = UploadedPart(etag: "one", checksum: .crc64nvme(CRC64Checksum(0xae8b_1486_0a79_9888)))
    let digests = PartDigests(
      whole: digest(), partSize: 5 << 20, parts: [digest(1)], crc64: [CRC64Checksum(.max)])
    _ = try await journal.commit([
      .prepared(number: number, prepared()), .digested(number: number, digests),
      .multipartBegan(number: number, uploadID: "up", partSize: 5 << 20, checksum: .crc64nvme),
      .partUploaded(number: number, part: 1, part),
    ])
    let progress = MultipartProgress(uploadID: "up", partSize: 5 << 20, checksum: .crc64nvme, parts: [1: part])
    #expect(try directory.delivery(number).multipart == progress)
    #expect(try directory.delivery(number).digests == digests)
    var acknowledged = receipt
    acknowledged.crc64 = CRC64Checksum(1)
    _ = try await journal.commit([.uploaded(number: number, acknowledged)])
    #expect(try directory.delivery(number).receipt == acknowledged)
  }

  @Test("What an upload showed of the server is kept, of the last place alone")
  func findings() async throws {
    #expect(try await journal.checksumFinding() == nil)
    for finding in [("one", true), ("two", false)].map({ ChecksumFinding(place: $0.0, keepsCRC64: $0.1) }) {
      _ = try await journal.commit([.checksumFound(finding)])
      #expect(try await journal.checksumFinding() == finding)
    }
  }

  @Test("A completion that is taken back is due at once, and no word of it is left")
  func completionTakenBack() async throws {
    let number = try await journal.receive(settled("a"))
    let began = JournalChange.completionBegan(number: number, until: now + .seconds(900))
    _ = try await journal.commit([
      .prepared(number: number, prepared()), .multipartBegan(number: number, uploadID: "up", partSize: 1), began,
    ])
    #expect(try directory.delivery(number).nextAttempt == now + .seconds(900))
    #expect(try directory.delivery(number).lastError?.contains("may be doing so") == true)
    _ = try await journal.commit([.completionTakenBack(number: number)])
    #expect(try directory.delivery(number).nextAttempt <= now)
    #expect(try directory.delivery(number).lastError == nil)
    #expect(try directory.delivery(number).multipart?.uploadID == "up")
  }

  @Test("A forgotten, restarted or finished multipart upload leaves no part behind")
  func multipartEnds() async throws {
    let number = try await journal.receive(settled("a"))
    let begin = JournalChange.multipartBegan(number: number, uploadID: "up", partSize: 1)
    let part = JournalChange.partUploaded(number: number, part: 1, UploadedPart(etag: "one", sha256: digest()))
    _ = try await journal.commit([.prepared(number: number, prepared()), begin, part])
    _ = try await journal.commit([.multipartForgotten(number: number)])
    #expect(try directory.delivery(number).multipart == nil)
    _ = try await journal.commit([begin])
    #expect(try directory.delivery(number).multipart?.parts == [:])
    _ = try await journal.commit([part, begin])
    #expect(try directory.delivery(number).multipart?.parts == [:])
    _ = try await journal.commit([part, .uploaded(number: number, receipt)])
    #expect(try directory.delivery(number).multipart == nil)
    #expect(try directory.sql("SELECT count(*) FROM part") == "0")
  }

  @Test("A touched file gives the delivered version its new identity and is withdrawn")
  func unchanged() async throws {
    let delivered = try await journal.deliver(settled("a", inode: 7))
    let touched = try await journal.receive(settled("a", inode: 8))
    _ = try await journal.commit([.unchanged(number: touched, of: delivered, identity: identity(8), at: now)])
    #expect(try directory.delivery(touched).state == .withdrawn)
    #expect(try directory.delivery(delivered).file.identity == identity(8))
    #expect(try journal.known(in: .root, folder: "inbox")[Array("a".utf8)]?.state == .logged)
  }

  @Test("A touched file cannot give its identity to another path")
  func unchangedElsewhere() async throws {
    let delivered = try await journal.deliver(settled("b"))
    let touched = try await journal.receive(settled("a", inode: 8))
    await #expect(throws: JournalError.illegalTransition(number: touched, change: "unchanged")) {
      try await journal.commit([.unchanged(number: touched, of: delivered, identity: identity(8), at: now)])
    }
  }

  @Test("One change that does not fit undoes its whole batch")
  func atomicity() async throws {
    let number = try await journal.receive(settled("a"))
    await #expect(throws: JournalError.illegalTransition(number: number, change: "logged")) {
      try await journal.commit([
        .received(settled("b")), .attemptBegan(number: number, at: now),
        .logged(number: number, at: now, alreadyRecorded: false), .received(settled("c")),
      ])
    }
    #expect(try JournalReader(directory: directory.path).counts()[.pending] == 1)
    #expect(try directory.delivery(number).attempts == 0)
    #expect(try await journal.commit([.attemptBegan(number: number, at: now)]).isEmpty)
  }

  @Test("A cancelled task still learns that its batch is durable")
  func cancellation() async throws {
    let journal = self.journal
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await journal.commit([.received(settled("a"))])
    }
    #expect(try await task.value == [1])
  }
}
