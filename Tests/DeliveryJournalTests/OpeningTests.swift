@testable import DeliveryJournal
import DeliveryModel
import Glibc
import TestSupport
import Testing

@Suite struct OpeningTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func write(_ bytes: [UInt8], at offset: Int, of path: String) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    #expect(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count)
  }

  @Test("The writer's connection has WAL and synchronous=FULL, read back")
  func durability() async throws {
    let journal = try directory.journal()
    let found = try await journal.onWriter { database in
      [
        try database.texts("PRAGMA journal_mode")[0][0],
        try database.texts("PRAGMA synchronous")[0][0],
        try database.texts("PRAGMA foreign_keys")[0][0],
      ]
    }
    #expect(found == ["wal", "2", "1"])
  }

  @Test("A connection that is not durable is refused", arguments: ["synchronous = NORMAL", "journal_mode = DELETE"])
  func notDurable(pragma: String) async throws {
    let journal = try directory.journal()
    journal.scans.close()
    journal.pages.close()
    try journal.writer.inDatabase { database in
      try database.execute(sql: "PRAGMA \(pragma)")
      let error = #expect(throws: JournalError.self) { try JournalConnection.checkDurability(database) }
      guard case .notDurable = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }

  @Test("The files are for their owner alone")
  func modes() throws {
    let journal = try directory.journal()
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
      var status = stat()
      #expect(stat(directory.path + "/" + name, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
    }
    journal.close()
  }

  @Test("A directory that others may write to is refused; a missing one is made for us alone")
  func directoryRights() throws {
    chmod(directory.path, 0o777)
    #expect(throws: JournalError.self) { try directory.journal() }
    #expect(try directory.names.isEmpty)
    let inner = directory.path + "/state"
    let error = #expect(throws: JournalError.self) {
      try Journal(directory: inner + "/deeper", now: now) { _ in }
    }
    #expect(error?.description.contains(inner) == true)
  }

  @Test("What was committed is there after reopening, and after losing the process with the log unmerged")
  func reopening() async throws {
    let journal = try directory.journal()
    let number = try await journal.deliver(settled("a"))
    let copy = try TemporaryDirectory()
    // Another process copies: reading the files here would drop SQLite's locks.
    for name in ["journal.db", "journal.db-wal"] { try copyFile(directory.path + "/" + name, to: copy.path) }
    let after = try copy.journal()
    #expect(try copy.delivery(number).state == .logged)
    #expect(try await after.commit([.received(settled("b"))]) == [number + 1])
    journal.close()
    #expect(try directory.journal().known(in: .root, folder: "inbox").count == 1)
  }

  private func copyFile(_ path: String, to directory: String) throws {
    var child = pid_t()
    let words: [String] = ["/bin/cp", path, directory]
    var arguments: [UnsafeMutablePointer<CChar>?] = []
    for word in words { arguments.append(strdup(word)) }
    arguments.append(nil)
    defer { arguments.forEach { free($0) } }
    let error = posix_spawn(&child, "/bin/cp", nil, nil, arguments, nil)
    try #require(error == 0)
    var status: Int32 = 0
    waitpid(child, &status, 0)
    #expect(status == 0)
  }

  @Test("A journal of the first version is brought up to date with all that is in it; a command waits for the daemon")
  func olderSchema() async throws {
    let journal = try directory.journal()
    let number = try await journal.receive(settled("a"))
    let row = try directory.sql("SELECT quote(directory) || quote(name) FROM delivery")
    journal.close()
    let old = try TemporaryDirectory()
    try await makeFirstVersion(old, copying: directory.file)
    #expect(throws: JournalError.olderSchema(1)) { try JournalReader(directory: old.path) }
    let after = try old.journal()
    #expect(
      try await after.due(DueRequest(state: .pending, dueBefore: now + .seconds(60), limit: 9)).map(\.number) == [
        number
      ])
    #expect(try old.sql("SELECT quote(directory) || quote(name) FROM delivery") == row)
    #expect(try await after.created() > Timestamp(milliseconds: 1_700_000_000_000))
  }

  private func makeFirstVersion(_ directory: TemporaryDirectory, copying file: String) async throws {
    let queue = try DatabaseQueue(directory.file, label: "test")
    try queue.inDatabase { database in
      try JournalSchema.migrate(database, to: 1)
      try database.run("ATTACH ? AS newer", [.text(file)])
      let columns = try database.columns(in: "delivery").joined(separator: ", ")
      try database.execute(sql: "INSERT INTO delivery (\(columns)) SELECT \(columns) FROM newer.delivery")
    }
    queue.close()
  }

  @Test("A journal of a later program is refused and not touched")
  func newerSchema() throws {
    let journal = try directory.journal()
    try journal.writer.inDatabase { try $0.execute(sql: "PRAGMA user_version = \(JournalSchema.version + 1)") }
    journal.close()
    #expect(throws: JournalError.newerSchema(JournalSchema.version + 1)) { try directory.journal() }
    #expect(throws: JournalError.newerSchema(JournalSchema.version + 1)) {
      try JournalReader(directory: directory.path)
    }
    #expect(try directory.names.filter { $0.contains("corrupt") }.isEmpty)
  }

  @Test("A file that is no database is moved aside and a new journal begun")
  func noDatabase() async throws {
    try write(Array("this is not a database, but is long enough to be asked".utf8), at: 0, of: directory.file)
    var aside: [String] = []
    let journal = try Journal(directory: directory.path, now: now) { aside.append($0) }
    #expect(aside == [directory.file + ".corrupt-20261118T110640Z"])
    #expect(try directory.names.contains("journal.db.corrupt-20261118T110640Z"))
    #expect(try await journal.receive(settled("a")) == 1)
  }

  @Test("A journal whose tables are damaged is found out, marked, and moved aside at the next start")
  func damagedLater() async throws {
    let journal = try directory.journal()
    for index in 0..<40 { _ = try await journal.deliver(settled("file-\(index)")) }
    journal.close()
    let page = try #require(
      try directory.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'delivery_path'").flatMap(Int.init))
    try write([UInt8](repeating: 0x5a, count: 2000), at: (page - 1) * 4096 + 8, of: directory.file)
    let damaged = try directory.journal()
    #expect(try await damaged.damage() != nil)
    damaged.close()
    var aside: [String] = []
    let fresh = try Journal(directory: directory.path, now: now) { aside.append($0) }
    #expect(aside.count == 1)
    #expect(try !directory.names.contains("journal.db.damaged"))
    #expect(fresh.salvaged == SalvagedJournal(deliveries: 40))
    #expect(try await fresh.totals(deliveredSince: now).deliveredSince == 40)
    fresh.close()
  }
}
