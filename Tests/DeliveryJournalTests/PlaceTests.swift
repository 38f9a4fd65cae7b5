import DeliveryModel
import TestSupport
import Testing

@testable import DeliveryJournal

/// The index of paths holds a directory as 8 bytes.
@Suite("Directories in the index of paths")
struct PlaceTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("The number of a directory never changes: it is FNV-1a, as everybody reckons it")
  func stable() {
    #expect(DeliveryPath.place([], folder: "") == Int64(bitPattern: 0xaf63_bd4c_8601_b7df))
    #expect(DeliveryPath.place(Array("b".utf8), folder: "a") != DeliveryPath.place(Array("a".utf8), folder: "b"))
    #expect(DeliveryPath.place(Array("b/c".utf8), folder: "a") != DeliveryPath.place(Array("c".utf8), folder: "ab"))
  }

  @Test("Two directories with the same number are two")
  func collision() async throws {
    let journal = try directory.journal()
    let number = try await journal.deliver(settled("one/file"))
    let other = try await journal.deliver(settled("two/file"))
    try journal.writer.inDatabase { try $0.execute(sql: "UPDATE delivery SET place = 7") }
    let name = Array("file".utf8)
    let (one, two) = (
      DeliveryPath.place(Array("one".utf8), folder: "inbox"), RelativePath(validating: Array("two".utf8))
    )
    try journal.writer.inDatabase {
      try $0.run("UPDATE delivery SET place = ?", [.integer(one)])
    }
    let known = try journal.known(in: try #require(RelativePath(validating: Array("one".utf8))), folder: "inbox")
    #expect(known.mapValues(\.number) == [name: number])
    #expect(try journal.known([name], in: try #require(two), folder: "inbox")[name] == nil)
    #expect(other == number + 1)
  }

  @Test("An older journal gets them, and its files are known")
  func migrated() async throws {
    let journal = try directory.journal()
    for path in ["a/b/c", "top", "a/d"] { _ = try await journal.deliver(settled(path)) }
    try journal.writer.inDatabase {
      try $0.execute(
        sql: """
          DROP TABLE custody_object; DROP TABLE custody_day; DROP TABLE custody_entry; DROP TABLE custody_log;
          DROP TABLE checksum_finding; ALTER TABLE part RENAME COLUMN checksum TO sha256;
          ALTER TABLE delivery DROP COLUMN crc64; ALTER TABLE delivery DROP COLUMN part_checksum;
          DROP INDEX delivery_present; ALTER TABLE delivery DROP COLUMN arrival; ALTER TABLE delivery DROP COLUMN asked;
          ALTER TABLE delivery DROP COLUMN gone; ALTER TABLE folder_root DROP COLUMN scanned;
          DROP TABLE content_digest; DROP INDEX delivery_path; ALTER TABLE delivery DROP COLUMN place; ALTER TABLE journal DROP COLUMN history_since;
          CREATE INDEX delivery_path ON delivery (folder, directory, name); PRAGMA user_version = 11
          """)
    }
    journal.close()
    let after = try directory.journal()
    #expect(try Array(after.known(in: .root, folder: "inbox").keys) == [Array("top".utf8)])
    for (path, name) in [("a/b", "c"), ("a", "d")] {
      let known = try after.known(
        [Array(name.utf8)], in: try #require(RelativePath(validating: Array(path.utf8))), folder: "inbox")
      #expect(known.count == 1)
    }
  }

  @Test("A file in a directory with a long path takes its length in the journal once, not twice")
  func size() async throws {
    let journal = try directory.journal()
    let long = (0..<15).map { "\($0)" + String(repeating: "x", count: 200) }.joined(separator: "/")
    func pages() async throws -> Int64 {
      try journal.writer.inDatabase { try $0.integer("PRAGMA page_count") ?? 0 }
    }
    let before = try await pages()
    let count = 500
    let files = (0..<count).map { settled("\(long)/\($0)/file", inode: UInt64($0)) }
    _ = try await journal.commit(files.map { JournalChange.received($0) })
    let bytes = (try await pages() - before) * 4096 / Int64(count)
    #expect(bytes < long.utf8.count * 3 / 2, "\(bytes) bytes a file")
  }
}
