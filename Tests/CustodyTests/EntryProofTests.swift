import Cryptography
import DeliveryModel
import Testing

@testable import Custody

@Suite("Proof of one entry (C2SP tlog-proof)")
struct EntryProofTests {
  @Test("each line of a day is proved by its own proof and by no other")
  func proofs() throws {
    var ledger = try SampleLedger()
    for number in 1...5 { ledger.deliver(number, at: "2026-12-01T1\(number):00") }
    ledger.tick(at: "2026-12-02T00:00")
    let day = try #require(ledger.closed.first)
    let key = ledger.key.verifyingKey
    let lines = ledger.lines.filter { $0.day == day.day }
    let note = day.checkpoint.signed(by: ledger.key, name: day.host.keyName)
    for (index, line) in lines.enumerated() {
      let proof = try #require(EntryProof(of: index, in: lines.map(\.leaf), checkpoint: note))
      let read = try #require(EntryProof(bytes: proof.bytes))
      #expect(read == proof)
      for (other, otherLine) in lines.enumerated() {
        #expect(read.proves(otherLine.bytes, key: key, name: day.host.keyName) == (other == index))
      }
      #expect(!read.proves(line.bytes, key: key, name: "s3loggerd/other"))
      let stranger = try SigningKey(raw: [UInt8](repeating: 9, count: 32)).verifyingKey
      #expect(!read.proves(line.bytes, key: stranger, name: day.host.keyName))
      #expect(EntryProof(bytes: Array(proof.bytes.dropLast())) == nil)
      #expect(EntryProof(bytes: [0x0a] + proof.bytes) == nil)
    }
    #expect(EntryProof(of: 0, in: lines.dropLast().map(\.leaf), checkpoint: note) == nil)
    let text = String(
      decoding: try #require(EntryProof(of: 2, in: lines.map(\.leaf), checkpoint: note)).bytes, as: UTF8.self)
    #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nindex 2\n"))
    #expect(text.contains("\n\ns3loggerd/filer/0123456789abcdef/2026-12-01\n7\n"))
  }
}
