import Cryptography
import DeliveryModel
import TestSupport
import Testing

@testable import Custody

@Suite("The ledger's state")
struct LedgerStateTests {
  @Test("the first entry opens its day; the first after midnight closes it and opens the next, in one step")
  func midnight() throws {
    var ledger = try SampleLedger()
    let first = ledger.deliver(1, at: "2026-11-30T23:59")
    #expect(first.lines.map(\.type) == [.opened, .delivered] && first.closed.isEmpty)
    let second = ledger.deliver(2, at: "2026-12-01T00:00", clockAgrees: false)
    #expect(second.lines.map(\.type) == [.closed, .opened, .delivered])
    #expect(second.lines.map(\.sequence) == [3, 4, 5])
    #expect(second.lines.map(\.day.day) == [30, 1, 1])
    #expect(second.closed.map(\.size) == [3] && !second.isWaiting)
    ledger.tick(at: "2026-12-02T00:10")
    #expect(ledger.problems().isEmpty)
    #expect(ledger.state.head == ledger.closed.last?.head)
  }

  @Test("days without entries follow one another too, once the clock agrees")
  func emptyDays() throws {
    var ledger = try SampleLedger()
    ledger.deliver(1, at: "2026-11-01T12:00")
    let waiting = ledger.tick(at: "2026-12-01T12:00", clockAgrees: false)
    #expect(waiting.lines.isEmpty && waiting.daysWaiting == 30)
    let delivered = ledger.deliver(2, at: "2026-12-01T12:01", clockAgrees: false)
    #expect(delivered.isWaiting && delivered.lines.map(\.type) == [.delivered])
    #expect(delivered.lines.first?.day.iso8601 == "2026-11-01")
    let agreed = ledger.tick(at: "2026-12-01T12:02")
    #expect(agreed.closed.count == 30 && !agreed.isWaiting && ledger.state.openDay?.iso8601 == "2026-12-01")
    ledger.tick(at: "2026-12-02T00:00")
    #expect(ledger.problems().isEmpty)
    #expect(ledger.closed.dropFirst().allSatisfy { $0.size == 2 })
  }

  @Test("a clock that goes back leaves the entry in the open day")
  func back() throws {
    var ledger = try SampleLedger()
    ledger.deliver(1, at: "2026-12-01T00:30")
    let step = ledger.deliver(2, at: "2026-11-30T23:30")
    #expect(step.lines.map(\.day.iso8601) == ["2026-12-01"] && step.closed.isEmpty && !step.isWaiting)
    #expect(!ledger.state.isAhead(of: SampleLedger.moment("2026-11-30T23:30")))
    #expect(ledger.state.isAhead(of: SampleLedger.moment("2026-11-29T23:30")))
  }

  @Test("a log that began under a wrong clock ends, and a new one names it")
  func wrongAtStart() throws {
    var ledger = try SampleLedger()
    ledger.deliver(1, at: "2028-12-01T00:30", clockAgrees: false)
    #expect(ledger.state.isAhead(of: SampleLedger.moment("2026-12-01T00:00")))
    let step = ledger.startSuccessor(log: LogID(value: 7), at: "2026-12-01T00:00")
    #expect(step.lines.map(\.type) == [.closed, .opened] && step.lines.map(\.sequence) == [3, 1])
    ledger.deliver(2, at: "2026-12-01T00:00")
    ledger.tick(at: "2026-12-02T00:00")
    #expect(ledger.closed.map(\.log.value) == [SampleLedger.log.value, 7])
    #expect(ledger.problems().isEmpty)
  }

  @Test("a tick opens nothing before the clock is known to agree")
  func tickOfNewLog() throws {
    var ledger = try SampleLedger()
    #expect(ledger.tick(at: "2026-12-01T00:00", clockAgrees: false).lines.isEmpty)
    #expect(ledger.tick(at: "2026-12-01T00:00").lines.map(\.type) == [.opened])
  }

  @Test("a line is canonical JSON with all of a record, numbers and bytes included")
  func line() throws {
    var ledger = try SampleLedger()
    let step = ledger.deliver(5, at: "2026-12-01T00:00")
    let json = try #require(CanonicalJSON(canonical: step.lines[1].bytes))
    #expect(json["record"]?["object_key"]?.text == "pratiche/Rossi \u{e8} \u{1F600}/5.pdf")
    #expect(json["record"]?["size"]?.integer == 5)
    #expect(json["record"]?["big"]?.text == "9007199254740993")
    #expect(json["record"]?["source_path_raw"]?.text == "/wU=")
    #expect(json["at"]?.text == "2026-12-01T00:00:00.000Z")
    #expect(json["prev"]?.text == SHA256.digest(of: step.lines[0].bytes).hex)
    #expect(step.lines[1].leaf == MerkleTree.leaf(step.lines[1].bytes))
  }

  @Test("hashed names tell nothing, differ from entry to entry, and can be opened one by one")
  func hashedNames() throws {
    var ledger = try SampleLedger()
    let names = HashedNames(masterKey: [UInt8](repeating: 9, count: 32))
    let moment = SampleLedger.moment("2026-12-01T00:00")
    let one = ledger.append(.delivered(SampleLedger.record(5)), at: moment, names: names).lines[1]
    let two = ledger.append(.rejected(SampleLedger.record(5)), at: moment, names: names).lines[0]
    let text = String(decoding: one.bytes, as: UTF8.self)
    #expect(!text.contains("Rossi") && !text.contains("1000") && text.contains("0000-5"))
    let first = try #require(CanonicalJSON(canonical: one.bytes))
    let second = try #require(CanonicalJSON(canonical: two.bytes))
    #expect(first["names"]?.text == "hashed")
    for (name, value) in [("filename", "5.pdf"), ("owner_uid", "1000"), ("source_path_raw", "/wU=")] {
      let key = names.key(log: SampleLedger.log, sequence: 2)
      #expect(first["record"]?[name]?.text == HashedNames.code(of: value, attribute: name, key: key))
      #expect(first["record"]?[name] != second["record"]?[name])
    }
    ledger.tick(at: "2026-12-02T00:00")
    #expect(ledger.problems().isEmpty)
  }

  @Test("random clocks, crashes and restarts leave neither a gap nor a fork", arguments: 0..<40 as Range<UInt64>)
  func property(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var ledger = try SampleLedger()
    var time = SampleLedger.moment("2026-12-01T12:00")
    for number in 0..<120 {
      time = time + .milliseconds(Int64.random(in: -3_600_000...30_000_000, using: &random))
      let agrees = Int.random(in: 0..<4, using: &random) > 0
      let moment =
        !agrees && Bool.random(using: &random)
        ? time + .milliseconds(.random(in: -9...9, using: &random) * 86_400_000)
        : time
      // A transaction that never came to be: the state before it is what the next start reads.
      let before = try #require(LedgerState(decoding: ledger.state.encoded))
      #expect(before == ledger.state)
      if Int.random(in: 0..<3, using: &random) == 0 {
        var lost = ledger.state
        _ = lost.append(.known(SampleLedger.record(number)), at: moment, clockAgrees: agrees)
      }
      ledger.state = before
      switch Int.random(in: 0..<12, using: &random) {
      case 0: break
      case 1: ledger.tick(at: String(moment.iso8601.prefix(16)), clockAgrees: agrees)
      case 2:
        let next = try SigningKey(raw: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
        if ledger.state.openDay != nil { ledger.changeKey(to: next, at: String(moment.iso8601.prefix(16))) }
      case 3 where ledger.state.openDay != nil:
        ledger.startSuccessor(
          log: LogID(value: .random(in: 1...UInt64.max, using: &random)), at: String(moment.iso8601.prefix(16)))
      default:
        ledger.append(.delivered(SampleLedger.record(number)), at: moment, clockAgrees: agrees)
      }
    }
    if let open = ledger.state.openDay {
      let next = CivilDate(daysSinceEpoch: open.daysSinceEpoch + 1)
      ledger.tick(at: next.iso8601 + "T00:00")
    }
    #expect(ledger.problems() == [])
    for (log, lines) in Dictionary(grouping: ledger.lines, by: \.log) {
      let open = ledger.state.log == log ? lines.last?.day : nil
      #expect(lines.map(\.sequence) == Array(1...Int64(lines.count)))
      #expect(open == nil || open == ledger.state.openDay)
    }
  }

  @Test("a state that was not written by a ledger is refused")
  func badState() throws {
    var ledger = try SampleLedger()
    ledger.deliver(1, at: "2026-12-01T00:00")
    let text = String(decoding: ledger.state.encoded, as: UTF8.self)
    #expect(LedgerState(decoding: text.utf8) != nil)
    #expect(LedgerState(decoding: text.utf8.dropLast()) == nil)
    #expect(LedgerState(decoding: text.replacing("\"size\":2", with: "\"size\":3").utf8) == nil)
    #expect(LedgerState(decoding: [UInt8]()) == nil)
  }

  @Test(
    "a host's name never leaves its place in a path", arguments: ["", ".", "..", "a/b", "a b+c", "è", "filer-2.local"])
  func hostLabels(host: String) {
    let label = HostLabel(host: host)
    #expect(!label.text.contains("/") && !label.text.contains(" ") && !label.text.contains("+"))
    #expect(label.text != "." && label.text != ".." && !label.text.isEmpty)
    #expect(HostLabel(label: label.text) == label)
  }
}
