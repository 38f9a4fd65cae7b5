import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

@Suite struct StrikeTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  private func fail(_ number: Int64, _ failureClass: FailureClass = .retry) async throws {
    let failure = ServiceFailure(lane: .s3, failureClass: failureClass, code: "Code", message: "it failed")
    _ = try await journal.commit([.failed(number: number, failure, at: now, nextAttempt: now)])
  }

  @Test("Failures are counted, and apart from them those after which the file has to be sent anew; none is a strike")
  func counting() async throws {
    let number = try await journal.receive(settled("a"))
    for failureClass in [FailureClass.retry, .rehash, .throttle, .restartUpload] {
      try await fail(number, failureClass)
    }
    let delivery = try directory.delivery(number)
    #expect(delivery.failures == 4)
    #expect(delivery.restarts == 2 && delivery.strikes == 0)
  }

  @Test("Reaching S3 begins all counts anew, and so does an order to try again")
  func anew() async throws {
    for state in [DeliveryState.uploaded, .parked] {
      let number = try await journal.receive(settled(state.rawValue))
      try await fail(number, .rehash)
      try await journal.advance(number, to: state)
      if state == .parked { _ = try await journal.retry([number], at: now) }
      let delivery = try directory.delivery(number)
      #expect(delivery.failures == 0 && delivery.restarts == 0)
    }
  }

  @Test("A part that S3 took begins the count of failures anew, not that of sending it anew")
  func part() async throws {
    let number = try await journal.receive(settled("a"))
    try await fail(number, .rehash)
    _ = try await journal.commit([
      .multipartBegan(number: number, uploadID: "u", partSize: 1),
      .partUploaded(number: number, part: 1, UploadedPart(etag: "e", sha256: digest())),
    ])
    let delivery = try directory.delivery(number)
    #expect(delivery.failures == 0 && delivery.restarts == 1)
  }

  @Test("A third crash on one file parks it; others, and what is finished, stay as they are")
  func crashes() async throws {
    let poisoned = try await journal.receive(settled("poisoned"))
    let other = try await journal.receive(settled("other"))
    let done = try await journal.deliver(settled("done"))
    for count in 1...3 {
      let struck = try await journal.countCrash([poisoned, done, 99], at: now)
      #expect(struck.map(\.number) == [poisoned])
      #expect(struck[0].strikes == count)
      #expect(struck[0].state == (count < 3 ? .pending : .parked))
    }
    #expect(try directory.delivery(poisoned).lastError?.contains("in hand") == true)
    #expect(try directory.delivery(other).strikes == 0)
    #expect(try directory.delivery(done).state == .logged)
    #expect(try await journal.countCrash([poisoned], at: now).isEmpty)
    _ = try await journal.retry([poisoned], at: now)
    #expect(try directory.delivery(poisoned).strikes == 0)
  }
}
