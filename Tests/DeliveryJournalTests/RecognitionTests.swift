import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

@Suite("Files that are recognized")
struct JournalRecognitionTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  private func recognized(_ number: Int64, _ proof: Recognition.Proof, _ change: (inout FileIdentity) -> Void)
    -> JournalChange
  {
    var now = settled("a").identity
    change(&now)
    return .recognized(
      settled("a").inState(now), Recognition(number: number, proof: proof, isDelivered: false, isTouched: false))
  }

  private func state() throws -> FileIdentity? {
    try journal.known(in: .root, folder: "inbox")[Array("a".utf8)]?.identity
  }

  @Test("a waiting file that was never read takes on the state, and nothing else changes")
  func unread() async throws {
    let number = try await journal.receive(settled("a"))
    let done = try await journal.perform([recognized(number, .unread) { $0.modified += 1 }])
    #expect(done.numbers.isEmpty)
    #expect(try state()?.modified == settled("a").identity.modified + 1)
    #expect(try journal.known(in: .root, folder: "inbox").values.map(\.number) == [number])
  }

  @Test("one that was hashed meanwhile, withdrawn or changed otherwise begins anew, and the journal says so")
  func another() async throws {
    let first = try await journal.receive(settled("a"))
    _ = try await journal.commit([.withdrawn(number: first, reason: "gone", at: now)])
    for proof in [Recognition.Proof.unread, .content(digest()), .attributes(of: settled("a").identity)] {
      let done = try await journal.perform([recognized(first, proof) { $0.changed += 1 }])
      #expect(done.numbers.count == 1)
      guard case .received? = done.made.first else {
        Issue.record("\(done.made)")
        continue
      }
    }
  }

  @Test("attributes are compared with the state that they were of")
  func attributes() async throws {
    let number = try await journal.receive(settled("a"))
    let then = settled("a").identity
    #expect(try await journal.perform([recognized(number, .attributes(of: then)) { $0.changed += 1 }]).numbers.isEmpty)
    #expect(
      try await journal.perform([recognized(number, .attributes(of: then)) { $0.changed += 2 }]).numbers.count == 1)
  }

  @Test("what was dismissed before it was read is the same while size and mtime are, whatever was done to it")
  func dismissed() async throws {
    let number = try await journal.receive(settled("a"))
    _ = try await journal.dismiss([number], at: now)
    let known = try #require(try journal.known(in: .root, folder: "inbox")[Array("a".utf8)])
    var other = settled("a").identity
    (other.inode, other.changed) = (other.inode + 1, other.changed + 1)
    for trace in [FileTrace.written, .found, .closed] {
      #expect(known.recognition(of: other, after: trace, isLocal: true)?.proof == .unread)
    }
    other.modified += 1
    #expect(known.recognition(of: other, after: .found, isLocal: true) == nil)
    let done = try await journal.perform([recognized(number, .unread) { $0.changed += 1 }])
    #expect(done.numbers.isEmpty)
    #expect(try state()?.changed == settled("a").identity.changed + 1)
  }
}
