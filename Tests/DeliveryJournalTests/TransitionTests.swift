import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

@Suite struct TransitionTests {
  /// Every change but `received`, by name, with the states it may start from.
  static let legal: [String: Set<DeliveryState>] = [
    "prepared": [.pending], "identified": [.pending, .uploaded], "asked": [.pending], "known": [.pending],
    "digested": [.pending], "attemptBegan": [.pending, .uploaded], "uploaded": [.pending],
    "logged": [.uploaded],
    "failed": [.pending, .uploaded], "parked": [.pending, .uploaded], "withdrawn": [.pending, .parked],
    "unchanged": [.pending], "retried": [.pending, .uploaded, .parked], "multipartBegan": [.pending],
    "partUploaded": [], "completionBegan": [], "completionTakenBack": [],
    "multipartForgotten": [.pending], "errand": [.logged], "judged": [.pending],
  ]

  static let starts: [DeliveryState] = [.pending, .uploaded, .logged, .parked, .withdrawn]

  private func change(_ name: String, _ number: Int64, of other: Int64) -> JournalChange? {
    switch name {
    case "prepared": .prepared(number: number, prepared())
    case "identified": .identified(number: number, prepared().id, objectKey: "k")
    case "asked": .asked(number: number)
    case "known": .known(number: number, prepared(), receipt, at: now)
    case "digested":
      .digested(number: number, PartDigests(whole: digest(), partSize: 10, parts: [digest()]))
    case "attemptBegan": .attemptBegan(number: number, at: now)
    case "uploaded": .uploaded(number: number, receipt)
    case "logged": .logged(number: number, at: now, alreadyRecorded: true)
    case "failed": .failed(number: number, failure, at: now, nextAttempt: now)
    case "parked": .parked(number: number, code: "c", reason: "r", at: now)
    case "withdrawn": .withdrawn(number: number, reason: "r", at: now)
    case "unchanged": .unchanged(number: number, of: other, identity: identity(), at: now)
    case "retried": .retried(number: number, at: now)
    case "multipartBegan": .multipartBegan(number: number, uploadID: "u", partSize: 1)
    case "partUploaded": .partUploaded(number: number, part: 1, UploadedPart(etag: "e", sha256: digest()))
    case "completionBegan": .completionBegan(number: number, until: now)
    case "completionTakenBack": .completionTakenBack(number: number)
    case "multipartForgotten": .multipartForgotten(number: number)
    case "errand": .errand(number: number, .due(.dispose, at: now))
    case "judged": .judged(number: number, Verdict(decision: .rejected, findings: [Finding(.empty)], reason: "r"))
    default: nil
    }
  }

  @Test("Each change starts from its own states and is refused in any other", arguments: legal.keys.sorted(), starts)
  func transitions(name: String, start: DeliveryState) async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.journal()
    let other = try await journal.deliver(settled("a"))
    let number = try await journal.receive(settled("a"))
    // What an upload needs, so that only the state decides.
    _ = try await journal.commit([.prepared(number: number, prepared())])
    try await journal.advance(number, to: start)
    let before = try directory.delivery(number)
    let change = try #require(self.change(name, number, of: other))
    if Self.legal[name]?.contains(start) == true {
      #expect(try await journal.commit([change]).isEmpty)
    } else {
      await #expect(throws: JournalError.illegalTransition(number: number, change: name)) {
        try await journal.commit([change])
      }
      #expect(try directory.delivery(number) == before)
    }
  }

  @Test("A change of a delivery that does not exist is refused", arguments: legal.keys.sorted())
  func missing(name: String) async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.journal()
    let change = try #require(self.change(name, 99, of: 98))
    await #expect(throws: JournalError.illegalTransition(number: 99, change: name)) {
      try await journal.commit([change])
    }
  }

  @Test("What was never hashed cannot be uploaded")
  func unprepared() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.journal()
    let number = try await journal.receive(settled("a"))
    await #expect(throws: JournalError.illegalTransition(number: number, change: "uploaded")) {
      try await journal.commit([.uploaded(number: number, receipt)])
    }
  }

  @Test("A parked delivery that is in S3 already cannot be withdrawn: it must end in a record")
  func uploadedThenParked() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.journal()
    let number = try await journal.deliver(settled("a"), to: .uploaded)
    try await journal.advance(number, to: .parked)
    await #expect(throws: JournalError.illegalTransition(number: number, change: "withdrawn")) {
      try await journal.commit([.withdrawn(number: number, reason: "r", at: now)])
    }
  }
}
