import DeliveryModel
import TestSupport
import Testing

@testable import DeliveryJournal

/// What the journal knows of folders as directories.
@Suite struct FolderTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private let here = FolderRoot(path: Array("/srv/inbox".utf8), device: .max, inode: 2, generation: 1 << 63 + 1)

  private func file(_ path: String, folder: String = "inbox", in root: FolderRoot?) -> SettledFile {
    let file = settled(path, folder: folder)
    return SettledFile(
      folder: folder, path: file.path, identity: file.identity, owner: file.owner, received: file.received,
      settled: file.settled, evidence: file.evidence, discovery: file.discovery, root: root)
  }

  private func root(_ path: String, inode: UInt64 = 2, device: UInt64 = .max, generation: UInt64 = 0) -> FolderRoot {
    FolderRoot(path: Array(path.utf8), device: device, inode: inode, generation: generation)
  }

  private func terms(_ key: String) -> FolderTerms { FolderTerms(key: key, followUps: "1:0") }

  @Test("a delivery keeps the directory in which it was seen, bit for bit")
  func roundTrip() async throws {
    let journal = try directory.journal()
    let mounted = FolderRoot(path: Array("/mnt/è".utf8), device: 5, inode: 3, isMount: true)
    let numbers = try await journal.commit([
      .received(file("a", in: here)), .received(file("b", in: mounted)), .received(file("c", in: nil)),
      .received(file("d", in: here)),
    ])
    #expect(try numbers.map { try directory.delivery($0).file.root } == [here, mounted, nil, here])
    #expect(try directory.sql("SELECT count(*) FROM folder_root") == "2")
  }

  @Test("places are known by the directory wherever it stands, and by its path where it cannot be another one")
  func places() async throws {
    let journal = try directory.journal()
    let place = OwnPlace(.sent, "_done")
    try await journal.note([place], in: here, folder: "inbox", at: now)
    for same in [
      here, root("/moved", generation: here.generation), root("/moved"), root("/srv/inbox", device: 7),
      root("/srv/inbox", inode: 0),
    ] {
      #expect(try journal.ownPlaces(in: same) == [place])
    }
    for other in [root("/srv/inbox", inode: 3), root("/srv/inbox", generation: 9), root("/else", device: 7)] {
      #expect(try journal.ownPlaces(in: other) == [])
    }
    try await journal.note([place], in: here, folder: "renamed", at: now)
    #expect(try journal.ownPlaces(in: here) == [place])
    #expect(try journal.otherNames(of: here, than: "inbox") == ["renamed"])
  }

  @Test("a registered folder keeps its key once it is gone; what waited for folders is due")
  func registering() async throws {
    let journal = try directory.journal()
    let inbox = ConfiguredFolder(name: "inbox", path: "/srv/inbox", terms: terms("{path}"), places: [])
    let other = ConfiguredFolder(name: "other", path: "/srv/other", terms: terms("o/{path}"), places: [])
    #expect(try await journal.register([inbox], at: now) == ["inbox": terms("{path}")])
    let number = try await journal.receive(file("a", in: here))
    let failure = ServiceFailure(lane: .s3, failureClass: .retry, code: "folder-unavailable", message: "gone")
    _ = try await journal.commit([.failed(number: number, failure, at: now, nextAttempt: now + .seconds(900))])
    #expect(
      try await journal.register([other], at: now + .seconds(1)) == [
        "inbox": terms("{path}"), "other": terms("o/{path}"),
      ])
    #expect(try directory.delivery(number).nextAttempt == now + .seconds(1))
  }

  @Test("what an earlier version left belongs to the path that its folder has at the first start")
  func adoption() async throws {
    let journal = try directory.journal()
    let open = try await journal.receive(settled("a"))
    let done = try await journal.deliver(settled("b"))
    let owed = try await journal.deliver(settled("c"))
    _ = try await journal.commit([.errand(number: owed, .due(.dispose, at: now))])
    journal.close()
    try downgrade()
    let upgraded = try directory.journal()
    let place = OwnPlace(.sent, "_sent")
    let inbox = ConfiguredFolder(name: "inbox", path: "/srv/inbox", terms: terms("{path}"), places: [place])
    for _ in 1...2 { _ = try await upgraded.register([inbox], at: now) }
    #expect(try directory.delivery(open).file.root?.path == here.path)
    #expect(try directory.delivery(owed).file.root?.path == here.path)
    #expect(try directory.delivery(done).file.root == nil)
    #expect(try upgraded.ownPlaces(in: here) == [place])
    #expect(try upgraded.ownPlaces(in: root("/srv/else", inode: 4)) == [])
  }

  /// Undoes the last migrations.
  private func downgrade() throws {
    let queue = try DatabaseQueue(directory.file, label: "test")
    try queue.inDatabase { database in
      try database.execute(
        sql: """
          DROP TABLE custody_object; DROP TABLE custody_day; DROP TABLE custody_entry; DROP TABLE custody_log;
          DROP TABLE checksum_finding; ALTER TABLE part RENAME COLUMN checksum TO sha256;
          ALTER TABLE delivery DROP COLUMN crc64; ALTER TABLE delivery DROP COLUMN part_checksum;
          DROP INDEX delivery_present; ALTER TABLE delivery DROP COLUMN arrival; ALTER TABLE delivery DROP COLUMN asked;
          ALTER TABLE delivery DROP COLUMN gone; ALTER TABLE folder_root DROP COLUMN scanned;
          DROP TABLE content_digest; DROP INDEX delivery_path; ALTER TABLE delivery DROP COLUMN place; ALTER TABLE journal DROP COLUMN history_since;
          CREATE INDEX delivery_path ON delivery (folder, directory, name);
          DROP INDEX delivery_arrived; DROP INDEX errand_due; ALTER TABLE errand DROP COLUMN folder;
          CREATE INDEX errand_due ON errand (due);
          ALTER TABLE delivery DROP COLUMN root; ALTER TABLE delivery DROP COLUMN audience; DROP TABLE place;
          DROP TABLE folder_root; DROP TABLE folder;
          PRAGMA user_version = 7
          """)
    }
    queue.close()
  }

  @Test("where something waits is reported by directory: open and parked files, and what is owed to finished ones")
  func waiting() async throws {
    let journal = try directory.journal()
    let there = root("/srv/there", inode: 8)
    _ = try await journal.receive(file("a", in: here))
    _ = try await journal.deliver(file("b", in: here), to: .parked)
    let done = try await journal.deliver(file("c", in: there))
    _ = try await journal.commit([.errand(number: done, .due(.dispose, at: now))])
    _ = try await journal.deliver(file("d", in: there))
    let found = try JournalReader(directory: directory.path).waitingByRoot()
    #expect(
      found == [
        JournalReader.WaitingRoot(folder: "inbox", root: here, files: 2, followUps: 0),
        JournalReader.WaitingRoot(folder: "inbox", root: there, files: 0, followUps: 1),
      ])
  }

  @Test("dismissed: pending, parked and refused deliveries end, and their files are known; others stay as they are")
  func dismissal() async throws {
    let journal = try directory.journal()
    let pending = try await journal.receive(settled("pending"))
    let parked = try await journal.deliver(settled("parked"), to: .parked)
    let uploaded = try await journal.deliver(settled("uploaded"), to: .uploaded)
    let logged = try await journal.deliver(settled("logged"))
    let all = [pending, parked, uploaded, logged, 99]
    let dismissed = try await journal.dismiss(all, at: now + .seconds(60))
    let ended = dismissed.ended
    #expect(dismissed.kept.map(\.number) == [uploaded, logged])
    #expect(ended.map(\.number) == [pending, parked])
    #expect(ended.map(\.state) == [.pending, .parked])
    for number in [pending, parked] {
      let delivery = try directory.delivery(number)
      #expect(delivery.state == .withdrawn)
      #expect(delivery.lastError == "dismissed by the operator")
    }
    #expect(try directory.delivery(uploaded).state == .uploaded)
    #expect(try directory.delivery(logged).state == .logged)
    let known = try journal.known([Array("pending".utf8)], in: .root, folder: "inbox")
    #expect(known[Array("pending".utf8)]?.matching(identity()) == identity())
    #expect(known[Array("pending".utf8)]?.matching(identity(8)) == nil)
    #expect(try journal.known(in: .root, folder: "inbox")[Array("parked".utf8)]?.matching(identity()) == identity())
    let step = try await journal.prune(before: now + .seconds(9999), limit: 10)
    #expect(step.removed == 0)
    #expect(try await journal.dismiss(all, at: now + .seconds(61)).ended.isEmpty)
  }
}
