import Cryptography
import DeliveryModel
import Foundation
import Testing

@testable import Custody

@Suite("Checkpoints and the files of a day")
struct CheckpointTests {
  static let days = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "EndToEnd/custody_days")

  @Test("a signed note is read as it was written, and nothing else is")
  func note() throws {
    let key = try SigningKey(raw: [UInt8](repeating: 1, count: 32))
    let checkpoint = Checkpoint(origin: "s3loggerd/a/b/c", size: 3, root: SHA256.digest(of: "x".utf8))
    let bytes = checkpoint.signed(by: key, name: "s3loggerd/a").bytes
    let note = try #require(SignedCheckpoint(bytes: bytes))
    #expect(note.checkpoint == checkpoint && note.bytes == bytes)
    #expect(note.isSigned(by: key.verifyingKey, name: "s3loggerd/a"))
    #expect(!note.isSigned(by: key.verifyingKey, name: "s3loggerd/b"))
    #expect(!note.isSigned(by: try SigningKey(raw: [UInt8](repeating: 2, count: 32)).verifyingKey, name: "s3loggerd/a"))
    for bad in [
      Array(bytes.dropLast()), bytes + [0x0a], Array(bytes.dropFirst()), [], Array("a\n1\nx\n\n— a b\n".utf8),
    ] {
      #expect(SignedCheckpoint(bytes: bad).map { $0.checkpoint == checkpoint } != true)
    }
  }

  /// The days that the tests in Python verify with tools of their own. `S3LOGGERD_WRITE_DAYS=1` writes them.
  @Test("the days are written to the byte as those that other tools have verified")
  func days() throws {
    var ledger = try SampleLedger()
    for day in 1...2 {
      for number in 1...5 { ledger.deliver(number, at: "2026-12-0\(day)T1\(number):00") }
    }
    ledger.append(.rejected(SampleLedger.record(6)), at: SampleLedger.moment("2026-12-02T20:00"))
    let names = HashedNames(masterKey: [UInt8](repeating: 9, count: 32))
    ledger.append(.known(SampleLedger.record(7)), at: SampleLedger.moment("2026-12-02T21:00"), names: names)
    ledger.changeKey(to: try SigningKey(raw: [UInt8](repeating: 2, count: 32)), at: "2026-12-03T00:00")
    ledger.startSuccessor(log: LogID(value: 0xfedc_ba98_7654_3210), at: "2026-12-03T12:00")
    ledger.deliver(8, at: "2026-12-04T12:00")
    ledger.tick(at: "2026-12-05T00:00")
    #expect(ledger.problems() == [])
    for day in ledger.closed {
      let directory = Self.days.appending(path: day.path)
      for file in ledger.files(of: day) {
        let place = directory.appending(path: file.name)
        if ProcessInfo.processInfo.environment["S3LOGGERD_WRITE_DAYS"] != nil {
          try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
          try Data(file.bytes).write(to: place)
        }
        let isSame = (try? Data(contentsOf: place)) == Data(file.bytes)
        #expect(isSame, "\(day.path)/\(file.name)")
      }
    }
  }
}
