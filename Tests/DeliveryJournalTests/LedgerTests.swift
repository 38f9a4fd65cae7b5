import Cryptography
import Custody
@testable import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

/// The custody ledger in the journal: one entry for each record, in the transaction of its delivery.
@Suite struct LedgerTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  private static let key = digest(9)
  private static let host = HostLabel(host: "filer")

  private func begin(
    _ journal: Journal, hashed: Bool = false, id: UInt64 = 1, agrees: Bool = true, at moment: Timestamp = now
  ) async throws {
    journal.custody.policy = LedgerPolicy(hashesNames: hashed) { _ in agrees }
    try await journal.beginCustody(
      host: Self.host, key: Self.key, id: LogID(value: id), namesKey: [UInt8](repeating: 7, count: 32), at: moment)
  }

  private let item = RecordedItem(attributes: [
    "object_key": .text("inbox/ä.pdf"), "size": .number("20000"), "source_path_raw": .binary("/+8="),
  ])

  private func deliver(
    _ journal: Journal, _ name: String = "a", at moment: Timestamp = now, item: RecordedItem?
  ) async throws -> Int64 {
    let number = try await journal.deliver(settled(name), to: .uploaded)
    _ = try await journal.commit([.logged(number: number, at: moment, alreadyRecorded: false, item: item)])
    return number
  }

  private func lines(_ directory: TemporaryDirectory? = nil) throws -> [CanonicalJSON] {
    let queue = try DatabaseQueue((directory ?? self.directory).file, label: "test")
    let rows = try queue.inDatabase { try Data.all($0, "SELECT line FROM custody_entry ORDER BY place") }
    return try rows.map { try #require(CanonicalJSON(canonical: $0)) }
  }

  private func types() throws -> [String] { try lines().map { $0["type"]?.text ?? "" } }

  /// Every line names the one before it, and their numbers have no gap; each log begins anew.
  private func expectChain(_ directory: TemporaryDirectory? = nil) throws {
    var (previous, next) = (String(repeating: "0", count: 64), Int64(1))
    for line in try lines(directory) {
      if line["seq"]?.integer == 1 { (previous, next) = (String(repeating: "0", count: 64), 1) }
      #expect(line["prev"]?.text == previous)
      #expect(line["seq"]?.integer == next)
      previous = SHA256.digest(of: line.bytes).hex
      next += 1
    }
  }

  @Test("A record becomes an entry in the transaction of its delivery, with the attributes as they are in the table")
  func entry() async throws {
    try await begin(journal)
    _ = try await deliver(journal, item: item)
    #expect(try types() == ["opened", "delivered"])
    let record = try #require(try lines().last?["record"])
    #expect(record["object_key"]?.text == "inbox/ä.pdf")
    #expect(record["size"]?.integer == 20000)
    #expect(record["source_path_raw"]?.text == "/+8=")
    try expectChain()
  }

  @Test("Without a ledger nothing is written, nor is it for a delivery that carries no record")
  func off() async throws {
    _ = try await deliver(journal, item: item)
    #expect(try lines().isEmpty)
    try await begin(journal)
    _ = try await deliver(journal, "b", item: nil)
    #expect(try lines().isEmpty)
  }

  @Test("What was there before is known, what was refused is rejected")
  func kinds() async throws {
    try await begin(journal)
    var earlier = item
    earlier.isEarlier = true
    _ = try await deliver(journal, item: earlier)
    let number = try await journal.receive(settled("b"))
    _ = try await journal.commit([
      .prepared(number: number, prepared()),
      .judged(number: number, Verdict(decision: .rejected, findings: [Finding(.empty)], reason: "r")),
      .logged(number: number, at: now, alreadyRecorded: false, item: item),
    ])
    let other = try await journal.receive(settled("c"))
    _ = try await journal.commit([
      .prepared(number: other, prepared()), .known(number: other, prepared(), receipt, at: now, item: earlier),
    ])
    #expect(try types() == ["opened", "known", "rejected", "known"])
    try expectChain()
  }

  @Test("A change that is refused takes the entries of its commit with it: no gap, no fork")
  func refused() async throws {
    try await begin(journal)
    _ = try await deliver(journal, item: item)
    let number = try await journal.deliver(settled("b"), to: .uploaded)
    await #expect(throws: JournalError.self) {
      try await journal.commit([
        .logged(number: number, at: now, alreadyRecorded: false, item: item),
        .logged(number: 99, at: now, alreadyRecorded: false, item: item),
      ])
    }
    #expect(try types() == ["opened", "delivered"])
    _ = try await journal.commit([.logged(number: number, at: now, alreadyRecorded: false, item: item)])
    #expect(try types() == ["opened", "delivered", "delivered"])
    try expectChain()
  }

  @Test("It goes on after a restart, and the entries of one commit are one state")
  func restart() async throws {
    try await begin(journal)
    _ = try await deliver(journal, item: item)
    journal.close()
    let again = try directory.journal()
    again.custody.policy = LedgerPolicy(hashesNames: false) { _ in true }
    var changes: [JournalChange] = []
    for name in ["b", "c", "d"] {
      let number = try await again.deliver(settled(name), to: .uploaded)
      changes.append(.logged(number: number, at: now, alreadyRecorded: false, item: item))
    }
    _ = try await again.commit(changes)
    #expect(try types() == ["opened", "delivered", "delivered", "delivered", "delivered"])
    try expectChain()
  }

  @Test("The first entry after midnight closes the day; what is signed and sent of it is kept until it is sealed")
  func days() async throws {
    try await begin(journal)
    _ = try await deliver(journal, item: item)
    _ = try await deliver(journal, "b", at: now + .seconds(86_400), item: item)
    #expect(try types() == ["opened", "delivered", "closed", "opened", "delivered"])
    let day = try #require(try await journal.unsealedDays(limit: 9).first)
    #expect(day.closed.day == now.date && day.closed.firstSequence == 1 && day.closed.lastSequence == 3)
    #expect(try await journal.custodyLines(of: day, from: 2, limit: 9).count == 2)
    let object = CustodyObject("checkpoint", sha256: digest(), content: [1])
    try await journal.sign(day, [object], at: now)
    try await journal.sign(day, [CustodyObject("other", sha256: digest(), content: [2])], at: now)
    #expect(try await journal.objects(of: day) == [object])
    try await journal.attempt(object, of: day)
    #expect(try await journal.objects(of: day).first?.isAttempted == true)
    try await journal.finish(object, of: day)
    #expect(try await journal.objects(of: day).first?.isDone == true)
    let later = now + .seconds(900 * 86_400)
    #expect(try await !journal.pruneCustody(before: later, limit: 9))
    let stamp = DayStamp(log: day.closed.log, day: day.closed.day, reply: digest(), time: now)
    let reply = CustodyObject("checkpoint.tsr", sha256: digest(), content: [3])
    for _ in 1...2 { try await journal.stamp(day, reply, entry: stamp, at: now + .seconds(86_400)) }
    #expect(try await journal.objects(of: day).map(\.name) == ["checkpoint", "checkpoint.tsr"])
    #expect(try types().filter { $0 == "stamped" }.count == 1)
    try await journal.seal(day, at: now)
    #expect(try await journal.unsealedDays(limit: 9).isEmpty)
    while try await journal.pruneCustody(before: later, limit: 1) {}
    #expect(try types() == ["opened", "delivered", "stamped"])
  }

  @Test("Several days are closed only while the clock is confirmed; entries go on meanwhile")
  func clock() async throws {
    try await begin(journal, agrees: false)
    _ = try await deliver(journal, item: item)
    let month = now + .seconds(31 * 86_400)
    _ = try await deliver(journal, "b", at: month, item: item)
    #expect(try await journal.tickCustody(at: month) == 31)
    #expect(try types() == ["opened", "delivered", "delivered"])
    journal.custody.policy = LedgerPolicy(hashesNames: false) { _ in true }
    #expect(try await journal.tickCustody(at: month) == 0)
    #expect(try await journal.unsealedDays(limit: 99).count == 31)
    try expectChain()
  }

  @Test("Switched off and on again it is another log, which names the one before")
  func again() async throws {
    try await begin(journal)
    _ = try await deliver(journal, item: item)
    journal.custody.policy = nil
    try await journal.leaveCustody()
    _ = try await deliver(journal, "b", item: item)
    #expect(try await journal.custodyLog() == nil)
    try await begin(journal, id: 2, at: now + .seconds(60))
    _ = try await deliver(journal, "c", item: item)
    #expect(try types() == ["opened", "delivered", "closed", "opened", "delivered"])
    #expect(try lines()[2]["next_log"]?.text == LogID(value: 2).text)
    #expect(try lines()[3]["after"]?["seq"]?.integer == 3)
    try expectChain()
  }

  @Test("What comes out of a damaged journal goes on as another log, that names the one before where its end is known")
  func salvaged() async throws {
    try await begin(journal)
    _ = try await deliver(journal, item: item)
    journal.close()
    let marker = try DatabaseQueue(directory.file, label: "test")
    try marker.inDatabase { try $0.execute(sql: "UPDATE custody_log SET standing = 2") }
    marker.close()
    let whole = try directory.journal()
    #expect(try await whole.custodyLog() == nil)
    try await begin(whole, id: 2)
    _ = try await deliver(whole, "b", item: item)
    #expect(try types() == ["opened", "delivered", "closed", "opened", "delivered"])
    #expect(try lines()[3]["after"]?["log"]?.text == LogID(value: 1).text)
    // The last line is lost.
    try whole.writer.inDatabase {
      try $0.execute(
        sql:
          "UPDATE custody_log SET standing = 2; DELETE FROM custody_entry WHERE place = (SELECT max(place) FROM custody_entry)"
      )
    }
    try await begin(whole, id: 3)
    _ = try await deliver(whole, "c", item: item)
    #expect(try types() == ["opened", "delivered", "closed", "opened", "opened", "delivered"])
    #expect(try lines()[4]["after"] == nil)
  }

  @Test("With hashed names no name stands in it")
  func hashed() async throws {
    try await begin(journal, hashed: true)
    _ = try await deliver(journal, item: item)
    let record = try #require(try lines().last?["record"])
    #expect(record["object_key"]?.text?.hasPrefix("hmac-sha256:") == true)
    #expect(record["size"]?.integer == 20000)
  }

  @Test("Its standing names the log, the days that wait and the last that is sealed")
  func standing() async throws {
    #expect(try JournalReader(directory: directory.path).custodyStanding() == nil)
    try await begin(journal)
    _ = try await deliver(journal, item: item)
    _ = try await journal.tickCustody(at: now + .seconds(86_400))
    let standing = try #require(try JournalReader(directory: directory.path).custodyStanding())
    #expect(standing.isInUse && standing.unsealedCount == 1 && standing.lastSealed == nil)
    #expect(standing.state.log == LogID(value: 1) && standing.state.nextSequence == 5)
    try await journal.seal(try #require(standing.unsealed.first), at: now)
    let sealed = try #require(try await journal.custodyStanding())
    #expect(sealed.unsealedCount == 0 && sealed.lastSealed?.closed.day == now.date)
  }
}

/// Blobs of a query's first column.
private enum Data {
  static func all(_ database: Database, _ sql: String) throws -> [[UInt8]] {
    var values: [[UInt8]] = []
    try database.rows(sql) { row in
      values.append(row.bytes(0))
      return true
    }
    return values
  }
}
