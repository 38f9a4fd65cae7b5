import Cryptography
import DeliveryModel

@testable import Custody

/// A ledger that a test drives: the lines and days it wrote, as a daemon's journal would keep them.
struct SampleLedger {
  static let host = HostLabel(host: "filer")
  static let log = LogID(value: 0x0123_4567_89ab_cdef)

  var state: LedgerState
  var key: SigningKey
  private(set) var lines: [LedgerLine] = []
  private(set) var closed: [ClosedDay] = []
  /// The file `entries.jsonl` of each day, by its path.
  private var texts: [String: [UInt8]] = [:]
  /// Who signed which closed day.
  private(set) var signers: [String: SigningKey] = [:]

  init(key seed: UInt8 = 1, host: HostLabel = SampleLedger.host, log: LogID = SampleLedger.log) throws {
    key = try SigningKey(raw: [UInt8](repeating: seed, count: 32))
    state = LedgerState(host: host, log: log, key: key.verifyingKey.fingerprint)
  }

  static func moment(_ text: String) -> Timestamp {
    Timestamp(iso8601: text + ":00.000Z") ?? Timestamp(milliseconds: 0)
  }

  static func record(_ number: Int) -> LedgerRecord {
    LedgerRecord([
      ("object_key", .string("pratiche/Rossi \u{e8} \u{1F600}/\(number).pdf")), ("size", .number("\(number)")),
      ("delivery_id", .string("0000-\(number)")), ("owner_uid", .number("1000")),
      ("filename", .string("\(number).pdf")),
      ("source_path_raw", .binary([0xff, UInt8(truncatingIfNeeded: number)])), ("big", .number("9007199254740993")),
      ("sha256", .string(SHA256.digest(of: [UInt8(truncatingIfNeeded: number)]).hex)),
    ])
  }

  @discardableResult
  mutating func append(
    _ event: LedgerEvent, at moment: Timestamp, clockAgrees: Bool = true, names: HashedNames? = nil
  ) -> LedgerStep {
    keep(state.append(event, at: moment, clockAgrees: clockAgrees, names: names))
  }

  @discardableResult
  mutating func deliver(_ number: Int, at text: String, clockAgrees: Bool = true) -> LedgerStep {
    append(.delivered(Self.record(number)), at: Self.moment(text), clockAgrees: clockAgrees)
  }

  @discardableResult
  mutating func tick(at text: String, clockAgrees: Bool = true) -> LedgerStep {
    keep(state.tick(at: Self.moment(text), clockAgrees: clockAgrees))
  }

  @discardableResult
  mutating func startSuccessor(log: LogID, at text: String) -> LedgerStep {
    keep(state.startSuccessor(log: log, key: key.verifyingKey.fingerprint, at: Self.moment(text)))
  }

  mutating func changeKey(to next: SigningKey, at text: String) {
    let announcement = KeyAnnouncement(of: next.verifyingKey, signedBy: key, host: state.host, log: state.log)
    append(.key(announcement), at: Self.moment(text))
    key = next
  }

  private mutating func keep(_ step: LedgerStep) -> LedgerStep {
    lines += step.lines
    for line in step.lines {
      texts["\(state.host.text)/\(line.log.text)/\(line.day.iso8601)", default: []] += line.bytes + [0x0a]
    }
    closed += step.closed
    for day in step.closed { signers[day.path] = key }
    return step
  }

  /// The file `entries.jsonl` of a closed day.
  func entries(of day: ClosedDay) -> [UInt8] { texts[day.path] ?? [] }

  /// Every file of a closed day but the stamp.
  func files(of day: ClosedDay) -> [DayTexts.File] {
    let entries = entries(of: day)
    return [.init(name: DayTexts.entries, bytes: entries)]
      + DayTexts.files(of: day, entries: SHA256.digest(of: entries), key: signers[day.path] ?? key)
  }

  func report(
    of day: ClosedDay, entries: [UInt8]? = nil, checkpoint: [UInt8]? = nil, signingKey: [UInt8]? = nil, piece: Int = 100
  ) -> DayReport {
    let files = files(of: day)
    func file(_ name: String) -> [UInt8]? { files.first { $0.name == name }?.bytes }
    var verifier = DayVerifier(place: day.path)
    let bytes = entries ?? self.entries(of: day)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      verifier.consume(bytes[start..<min(start + piece, bytes.count)])
    }
    return verifier.finish(
      checkpoint: checkpoint ?? file(DayTexts.checkpoint), signingKey: signingKey ?? file(DayTexts.signingKey))
  }

  func reports() -> [DayReport] { closed.map { report(of: $0) } }

  func problems(isWhole: Bool = true, key: VerifyingKey? = nil) -> [CustodyProblem] {
    LedgerVerifier.problems(in: reports(), key: key, isWhole: isWhole)
  }
}
