import Cryptography
import DeliveryModel
import TestSupport
import Testing

@testable import Custody

@Suite("Verifying a ledger")
struct DayVerifierTests {
  /// Three closed days of seven lines each.
  func sample() throws -> SampleLedger {
    var ledger = try SampleLedger()
    for day in 1...3 {
      for number in 1...5 { ledger.deliver(number, at: "2026-12-0\(day)T1\(number):00") }
    }
    ledger.tick(at: "2026-12-04T00:00")
    return ledger
  }

  func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
  }

  func text(_ lines: [[UInt8]]) -> [UInt8] { lines.flatMap { $0 + [UInt8(ascii: "\n")] } }

  /// What a change to the second day's lines, numbers 8 to 14, is found as.
  func first(after change: (inout [[UInt8]]) -> Void) throws -> CustodyProblem? {
    let ledger = try sample()
    let day = ledger.closed[1]
    var lines = lines(ledger.entries(of: day))
    change(&lines)
    return ledger.report(of: day, entries: text(lines)).problems.first
  }

  @Test("a true ledger has no problem, however it is read", arguments: [1, 7, 64, 100_000])
  func right(piece: Int) throws {
    let ledger = try sample()
    #expect(ledger.problems() == [])
    #expect(ledger.problems(key: ledger.key.verifyingKey) == [])
    let report = ledger.report(of: ledger.closed[1], piece: piece)
    #expect(report.problems == [] && report.firstSequence == 8 && report.lastSequence == 14 && report.size == 7)
    #expect(report.head == ledger.closed[1].head)
  }

  @Test("an entry that was changed is named")
  func changed() throws {
    let problem = try first { lines in
      lines[3] = Array(String(decoding: lines[3], as: UTF8.self).replacing("Rossi", with: "Bossi").utf8)
    }
    #expect(problem?.sequence == 11 && problem?.kind == .changed)
    let last = try first { lines in
      lines[6] = Array(String(decoding: lines[6], as: UTF8.self).replacing("T11:00", with: "T11:01").utf8)
    }
    #expect(last?.sequence == 14 && last?.kind == .otherRoot)
    let opening = try first { lines in
      lines[0] = Array(String(decoding: lines[0], as: UTF8.self).replacing("T11:00", with: "T11:01").utf8)
    }
    #expect(opening?.sequence == 8 && opening?.kind == .changed)
  }

  @Test("an entry that was taken out, put in or moved is named")
  func moved() throws {
    let removed = try first { $0.remove(at: 3) }
    #expect(removed?.sequence == 11 && removed?.kind == .missing(found: 12))
    let added = try first { $0.insert($0[3], at: 4) }
    #expect(added?.sequence == 12 && added?.kind == .misplaced(found: 11))
    let swapped = try first { $0.swapAt(2, 4) }
    #expect(swapped?.sequence == 10 && swapped?.kind == .missing(found: 12))
    let cut = try first { $0.removeLast() }
    #expect(cut?.sequence == 14 && cut?.kind == .badClosing)
    let headless = try first { $0.removeFirst() }
    #expect(headless?.sequence == 9 && headless?.kind == .badOpening)
    let longer = try first { $0.append($0[3]) }
    #expect(longer?.sequence == 15 && longer?.kind == .badClosing)
    let empty = try first { $0 = [] }
    #expect(empty?.kind == .badClosing)
  }

  @Test("what is no canonical entry is named", arguments: ["{}", "no JSON", "{\"seq\": 11}", ""])
  func unreadable(line: String) throws {
    let problem = try first { $0[3] = Array(line.utf8) + (line.isEmpty ? [0xff] : []) }
    #expect(problem?.sequence == 11 && problem?.kind == .unreadableLine)
    let long = try first { $0[3] = [UInt8](repeating: 0x20, count: DayVerifier.longestLine + 10) }
    #expect(long?.sequence == 11 && long?.kind == .unreadableLine)
  }

  @Test("no change of a byte is overlooked, and none ends the process", arguments: 0..<8 as Range<UInt64>)
  func anyByte(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let ledger = try sample()
    let day = ledger.closed[1]
    let entries = ledger.entries(of: day)
    let note = try #require(ledger.files(of: day).first { $0.name == DayTexts.checkpoint }?.bytes)
    for _ in 0..<40 {
      var other = entries
      let place = Int.random(in: 0..<other.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: other[place] ^= UInt8.random(in: 1...255, using: &random)
      case 1: other.remove(at: place)
      default: other.insert(UInt8.random(in: 0...255, using: &random), at: place)
      }
      #expect(other == entries || !ledger.report(of: day, entries: other).problems.isEmpty)
      var otherNote = note
      otherNote[Int.random(in: 0..<note.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      #expect(!ledger.report(of: day, checkpoint: otherNote).problems.isEmpty)
    }
  }

  @Test("a checkpoint signed anew by another key is found, with its key and without")
  func resigned() throws {
    let ledger = try sample()
    let day = ledger.closed[1]
    let other = try SigningKey(raw: [UInt8](repeating: 99, count: 32))
    let note = day.checkpoint.signed(by: other, name: day.host.keyName).bytes
    #expect(ledger.report(of: day, checkpoint: note).problems.map(\.kind) == [.badSignature])
    let both = ledger.report(of: day, checkpoint: note, signingKey: Array(other.verifyingKey.pem.utf8))
    #expect(both.problems.map(\.kind) == [.otherKey])
    #expect(ledger.problems(key: other.verifyingKey).map(\.kind) == [.untrustedKey])
    #expect(ledger.report(of: day, checkpoint: Array("x".utf8)).problems.map(\.kind) == [.unreadableCheckpoint])
    #expect(ledger.report(of: day, signingKey: []).problems.map(\.kind) == [.unreadableKey])
  }

  @Test("the checkpoint of another day, size or content is found")
  func otherCheckpoint() throws {
    let ledger = try sample()
    let day = ledger.closed[1]
    func note(_ checkpoint: Checkpoint) -> [UInt8] { checkpoint.signed(by: ledger.key, name: day.host.keyName).bytes }
    let own = day.checkpoint
    func kinds(_ checkpoint: Checkpoint) -> [CustodyProblem.Kind] {
      ledger.report(of: day, checkpoint: note(checkpoint)).problems.map(\.kind)
    }
    #expect(kinds(own) == [])
    #expect(kinds(ledger.closed[0].checkpoint) == [.otherOrigin(ledger.closed[0].checkpoint.origin)])
    #expect(kinds(.init(origin: own.origin, size: 6, root: own.root)) == [.otherSize(6)])
    #expect(kinds(.init(origin: own.origin, size: 7, root: ledger.closed[0].root)) == [.otherRoot])
  }

  @Test("a missing day, and a day written anew, are found by their neighbours")
  func days() throws {
    let ledger = try sample()
    var reports = ledger.reports()
    reports.remove(at: 1)
    let missing = LedgerVerifier.problems(in: reports, isWhole: true)
    #expect(missing.map(\.kind) == [.missingDay(CivilDate(year: 2026, month: 12, day: 2))])
    #expect(missing.first?.sequence == 8)

    // Who holds the key writes the second day anew.
    var forged = try SampleLedger()
    for number in 1...5 { forged.deliver(number, at: "2026-12-01T1\(number):00") }
    for number in 1...4 { forged.deliver(number, at: "2026-12-02T1\(number):00") }
    forged.tick(at: "2026-12-03T00:00")
    reports = ledger.reports()
    reports[1] = forged.reports()[1]
    let problems = LedgerVerifier.problems(in: reports, isWhole: true)
    #expect(problems.map(\.kind) == [.otherDayBefore] && problems.first?.place.hasSuffix("2026-12-03") == true)
  }

  @Test("a key that is announced by the old one is followed; one that is not is found")
  func keys() throws {
    var ledger = try SampleLedger()
    let old = ledger.key.verifyingKey
    ledger.deliver(1, at: "2026-12-01T10:00")
    ledger.changeKey(to: try SigningKey(raw: [UInt8](repeating: 2, count: 32)), at: "2026-12-01T11:00")
    ledger.deliver(2, at: "2026-12-02T10:00")
    ledger.tick(at: "2026-12-03T10:00")
    #expect(ledger.problems(key: old) == [])
    #expect(ledger.problems(key: ledger.key.verifyingKey) == [])

    var forged = try SampleLedger()
    forged.deliver(1, at: "2026-12-01T10:00")
    let stranger = try SigningKey(raw: [UInt8](repeating: 3, count: 32))
    let announcement = KeyAnnouncement(
      of: stranger.verifyingKey, signedBy: stranger, host: forged.state.host, log: forged.state.log)
    forged.append(.key(announcement), at: SampleLedger.moment("2026-12-01T11:00"))
    forged.key = stranger
    forged.tick(at: "2026-12-02T10:00")
    #expect(forged.problems().map(\.kind) == [.badAnnouncement])
    #expect(forged.problems().first?.sequence == 3)
  }

  @Test("a log that ends without a successor, and one with a false predecessor, are found")
  func logs() throws {
    var ledger = try sample()
    ledger.startSuccessor(log: LogID(value: 1), at: "2026-12-04T10:00")
    ledger.tick(at: "2026-12-05T10:00")
    #expect(ledger.problems() == [])
    let orphan = try {
      var other = try SampleLedger(log: LogID(value: 2))
      other.deliver(1, at: "2026-12-10T10:00")
      other.tick(at: "2026-12-11T10:00")
      return other
    }()
    let all = ledger.reports() + orphan.reports()
    #expect(LedgerVerifier.problems(in: all, isWhole: true).map(\.kind) == [.noSuccessor(LogID(value: 1))])
    #expect(LedgerVerifier.problems(in: all, isWhole: false) == [])
    let cut = ledger.reports().filter { $0.log == LogID(value: 1) || $0.day?.day != 4 }
    #expect(
      LedgerVerifier.problems(in: cut, isWhole: true).map(\.kind) == [.otherPredecessor(SampleLedger.log)])
  }

  @Test("a stamp that an entry names is the one that is there")
  func stamps() throws {
    var ledger = try sample()
    let reply = SHA256.digest(of: "reply".utf8)
    let moment = SampleLedger.moment("2026-12-04T10:00")
    let day = ledger.closed[0]
    ledger.append(.stamped(.init(log: day.log, day: day.day, reply: reply, time: moment)), at: moment)
    ledger.tick(at: "2026-12-05T00:00")
    var reports = ledger.reports()
    reports[0].reply = reply
    #expect(LedgerVerifier.problems(in: reports, isWhole: true) == [])
    reports[0].reply = SHA256.digest(of: "other".utf8)
    #expect(LedgerVerifier.problems(in: reports, isWhole: true).map(\.kind) == [.otherStamp(day.day)])
  }
}
