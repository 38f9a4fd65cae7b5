import DeliveryModel
import Foundation
import Glibc
import TestSupport
import Testing

@testable import DeliveryJournal

/// The descriptor of the log is exchanged under SQLite, so that its own system calls fail.
@Suite struct StorageFailureTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  /// The log's descriptors in this process (the writer's and the reader's).
  private var logs: [Int32] {
    // As listed, not counted: the tests that run beside this one have hundreds open.
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return open.compactMap { Int32($0) }.filter { number in
      var buffer = [CChar](repeating: 0, count: 4096)
      return readlink("/proc/self/fd/\(number)", &buffer, 4095) > 0
        && String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) == directory.file
          + "-wal"
    }
  }

  /// Runs `work` with `path` in the place of the log.
  private func withLog(_ path: String, _ work: () async throws -> Void) async throws {
    let replaced = logs
    #expect(!replaced.isEmpty)
    let saved = replaced.map { fcntl($0, F_DUPFD_CLOEXEC, 512) }
    let other = open(path, O_RDWR | O_CLOEXEC)
    try #require(other >= 0)
    for log in replaced { #expect(dup2(other, log) >= 0) }
    close(other)
    try await work()
    for (log, copy) in zip(replaced, saved) {
      dup2(copy, log)
      close(copy)
    }
  }

  @Test("A full disk refuses the batch whole, and the next one is taken when there is space")
  func full() async throws {
    let number = try await journal.receive(settled("a"))
    try await withLog("/dev/full") {
      let error = await #expect(throws: JournalError.self) {
        try await journal.commit([.received(settled("b")), .attemptBegan(number: number, at: now)])
      }
      guard case .storageFull = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
    #expect(try await journal.commit([.received(settled("c"))]) == [number + 1])
    #expect(try directory.delivery(number).attempts == 0)
  }

  @Test("After a failed fsync nothing is acknowledged any more, although the disk answers again")
  func failedSync() async throws {
    _ = try await journal.receive(settled("a"))
    var first: JournalError?
    // Takes every write, and refuses fdatasync with EINVAL.
    try await withLog("/dev/null") {
      first = await #expect(throws: JournalError.self) { try await journal.commit([.received(settled("b"))]) }
    }
    guard case .storageFailed = first else { return #expect(Bool(false), "\(String(describing: first))") }
    let second = await #expect(throws: JournalError.self) { try await journal.commit([.received(settled("c"))]) }
    #expect(second == first)
  }

  @Test(
    "What an error means for the files",
    arguments: [
      (SQLFailure(code: 13, message: ""), "full"),
      (SQLFailure(code: 10 | 3 << 8, message: "", systemError: ENOSPC), "full"),
      (SQLFailure(code: 10 | 19 << 8, message: "", systemError: EDQUOT), "full"),
      (SQLFailure(code: 10 | 4 << 8, message: "", systemError: ENOSPC), "failed"),
      (SQLFailure(code: 10 | 3 << 8, message: "", systemError: EIO), "failed"),
      (SQLFailure(code: 5, message: ""), "busy"), (SQLFailure(code: 11, message: ""), "damaged"),
      (SQLFailure(code: 26, message: ""), "damaged"),
      (SQLFailure(code: 10 | 1 << 8, message: "", systemError: EIO), "damaged"),
      (SQLFailure(code: 1, message: "no such table: delivery"), "damaged"),
      (SQLFailure(code: 1, message: "near \"SELEKT\": syntax error"), "failed"),
      (SQLFailure(code: 15, message: ""), "busy"),
    ])
  func meaning(failure: SQLFailure, expected: String) {
    let found =
      switch JournalError(failure) {
      case .storageFull: "full"
      case .storageFailed: "failed"
      case .damaged: "damaged"
      case .busy: "busy"
      default: "other"
      }
    #expect(found == expected)
  }
}
