import DeliveryModel
import Foundation
import TestSupport
import Testing

@testable import DeliveryJournal

/// Damage, whoever comes upon it, is the same for all, and is never told in SQLite's words alone.
@Suite struct DamageHandlingTests {
  private let directory: TemporaryDirectory
  /// Only scans read the index of paths.
  private let journal: Journal
  private let created: Timestamp

  init() async throws {
    directory = try TemporaryDirectory()
    let journal = try directory.journal()
    for index in 0..<40 { _ = try await journal.deliver(settled("file-\(index)")) }
    created = try await journal.created()
    journal.close()
    let root = try directory.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'delivery_path'").flatMap(Int.init)
    let page = try #require(root)
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: directory.file))
    try handle.seek(toOffset: UInt64((page - 1) * 4096))
    try handle.write(contentsOf: Data(repeating: 0x5a, count: 4096))
    try handle.close()
    self.journal = try directory.journal()
  }

  private func expectDamage(_ error: JournalError?) {
    guard case .damaged(directory.file, let reason) = error else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(reason.hasPrefix("database disk image is malformed"))
  }

  @Test("What a scan comes upon ends the work of all, and the next start knows the files")
  func scan() async throws {
    let error = #expect(throws: JournalError.self) { try journal.known(in: .root, folder: "inbox") }
    expectDamage(error)
    #expect(await journal.failure() == error)
    await #expect(throws: JournalError.self) { try await journal.commit([.received(settled("new"))]) }
    #expect(throws: JournalError.self) { try journal.news(of: "inbox", limit: 1) }
    journal.close()
    let fresh = try Journal(directory: directory.path, now: now) { _ in }
    #expect(fresh.salvaged == SalvagedJournal(deliveries: 40))
    #expect(try fresh.known(in: .root, folder: "inbox").count == 40)
    #expect(try await fresh.receive(settled("new")) == 41)
    #expect(try await fresh.created() == created)
  }

  @Test("What a command comes upon ends the daemon at its next write")
  func command() async throws {
    let reader = try JournalReader(directory: directory.path)
    let error = #expect(throws: JournalError.self) { try reader.deliveries(of: "file-1", folder: "inbox") }
    expectDamage(error)
    #expect("\(error as Any)".contains("systemctl restart s3loggerd"))
    let told = await #expect(throws: JournalError.self) { try await journal.commit([.received(settled("new"))]) }
    #expect(told?.isDamage == true)
    #expect(await journal.failure() == told)
  }

  @Test("The check comes upon it and ends the daemon")
  func check() async throws {
    #expect(try await journal.damage() != nil)
    expectCheck(await journal.failure())
  }

  private func expectCheck(_ error: JournalError?) { #expect(error?.isDamage == true) }

  @Test("A start that ends between any two steps of the exchange is taken up by the next")
  func steps() throws {
    journal.close()
    for step in 0..<4 {
      let copy = try TemporaryDirectory()
      try copy.write(try directory.read("journal.db"), to: "journal.db", mode: 0o600)
      try copy.write([], to: "journal.db.damaged")
      // As far as the start before came: half a file, a whole one, the old one gone, its log left.
      let whole = try TemporaryDirectory()
      try whole.write(try copy.read("journal.db"), to: "journal.db", mode: 0o600)
      try whole.write([], to: "journal.db.damaged")
      try Journal(directory: whole.path, now: now) { _ in }.close()
      switch step {
      case 0: try copy.write("half a file", to: "journal.db.salvaging")
      case 1: try copy.write(try whole.read("journal.db"), to: "journal.db.salvaged", mode: 0o600)
      case 2:
        try copy.write(try whole.read("journal.db"), to: "journal.db.salvaged", mode: 0o600)
        try copy.remove("journal.db")
      default:
        try copy.write(try whole.read("journal.db"), to: "journal.db.salvaged", mode: 0o600)
        try copy.remove("journal.db")
        try copy.write([UInt8](repeating: 1, count: 8192), to: "journal.db-wal")
      }
      let fresh = try Journal(directory: copy.path, now: now) { _ in }
      #expect(try fresh.known(in: .root, folder: "inbox").count == 40, "step \(step)")
      #expect(try !copy.names.contains { $0.hasSuffix(".salvaged") || $0.hasSuffix(".damaged") }, "step \(step)")
      fresh.close()
    }
  }

  @Test("What is only in the log is taken over too, as far as the log is whole")
  func log() async throws {
    journal.close()
    let source = try TemporaryDirectory()
    let journal = try source.journal()
    for index in 0..<60 { _ = try await journal.deliver(settled("file-\(index)")) }
    let copy = try TemporaryDirectory()
    let log = try source.read("journal.db-wal")
    try copy.write([], to: "journal.db", mode: 0o600)
    try copy.write(log, to: "journal.db-wal", mode: 0o600)
    var fresh = try Journal(directory: copy.path, now: now) { _ in }
    #expect(fresh.salvaged?.deliveries == 60)
    #expect(try fresh.known(in: .root, folder: "inbox").count == 60)
    fresh.close()
    // From a damaged frame on nothing counts.
    let half = try TemporaryDirectory()
    var damaged = log
    damaged[log.count / 2] ^= 0xff
    try half.write([], to: "journal.db", mode: 0o600)
    try half.write(damaged, to: "journal.db-wal", mode: 0o600)
    fresh = try Journal(directory: half.path, now: now) { _ in }
    #expect((10..<55).contains(fresh.salvaged?.deliveries ?? 0))
    fresh.close()
    journal.close()
  }

  @Test("A check that nobody wants any more ends, and says so")
  func interrupted() async throws {
    let sound = try TemporaryDirectory()
    let journal = try sound.journal()
    _ = try await journal.deliver(settled("a"))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await journal.damage()
    }
    await #expect(throws: JournalError.interrupted) { try await task.value }
    #expect(try await journal.damage() == nil)
    journal.interruptCheck()
    #expect(try await journal.damage() == nil)
  }
}
