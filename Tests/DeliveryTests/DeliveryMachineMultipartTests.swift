import AWSClients
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct DeliveryMachineMultipartTests {
  private let large = Fixture.delivery(1, size: 250)

  private func part(_ number: Int) -> UploadedPart {
    UploadedPart(etag: "\"p\(number)\"", sha256: Fixture.digest(UInt64(number) + 999))
  }

  /// A rig whose upload of three parts is created durably; the first parts are among the actions.
  private func begun(partConcurrency: Int = 2, concurrency: Int = 8) -> (MachineRig, [DeliveryAction]) {
    var rig = MachineRig(concurrency: concurrency, partConcurrency: partConcurrency)
    _ = rig.begin(large, parts: 3)
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    let actions = rig.settle()
    return (rig, actions)
  }

  @Test("a large file is created first, and no part goes before the upload's id is durable")
  func creation() {
    var rig = MachineRig()
    #expect(rig.begin(large, parts: 3).requests == [.createMultipart(1)])
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    let change = JournalChange.multipartBegan(number: 1, uploadID: "u", partSize: MachineRig.partSize)
    #expect(rig.actions() == [.commit(change)])
    rig.commit(change)
    #expect(rig.actions().requests == [.uploadPart(1, part: 1), .uploadPart(1, part: 2)])
  }

  @Test(
    "a file never has more parts under way than configured, and the next goes when one is acknowledged",
    arguments: 1...3)
  func partConcurrency(limit: Int) {
    var (rig, actions) = begun(partConcurrency: limit)
    #expect(actions.parts == Array(1...limit))
    rig.machine.partAnswered(1, part: 1, .success(part(1)), at: rig.moment)
    #expect(rig.settle().parts == (limit < 3 ? [limit + 1] : []))
  }

  @Test("an upload is completed once every part is durable, and not before")
  func completion() {
    var (rig, _) = begun(partConcurrency: 3)
    for number in 1...3 { rig.machine.partAnswered(1, part: number, .success(part(number)), at: rig.moment) }
    #expect(rig.actions().requests.isEmpty)
    rig.commit(
      .partUploaded(number: 1, part: 1, part(1)), .partUploaded(number: 1, part: 2, part(2)))
    #expect(rig.actions().requests.isEmpty)
    rig.commit(.partUploaded(number: 1, part: 3, part(3)))
    let change = JournalChange.completionBegan(number: 1, until: rig.wall + .seconds(900))
    #expect(rig.actions() == [.commit(change)], "and not before it is durable that it will be asked for")
    rig.commit(change)
    #expect(rig.actions().requests == [.completeMultipart(1)])
    rig.machine.multipartCompleted(1, .success(MachineRig.object), at: rig.moment)
    #expect(rig.settle().requests == [.putRecord(1)])
  }

  @Test("a resumed upload sends only the parts that the journal does not hold with today's digests")
  func resumption() {
    var rig = MachineRig(partConcurrency: 4)
    var delivery = large
    let torn = UploadedPart(etag: "\"x\"", sha256: Fixture.digest(5))
    delivery.prepared = Fixture.prepared()
    delivery.multipart = MultipartProgress(uploadID: "u", partSize: 100, parts: [1: part(1), 2: torn])
    #expect(rig.begin(delivery, parts: 3).parts == [2, 3])
  }

  @Test("a failed part ends the attempt when the parts beside it have ended")
  func failedPart() {
    var (rig, _) = begun(partConcurrency: 2)
    let failure = Fixture.failure(.retry, retryAfter: .seconds(60))
    rig.machine.partAnswered(1, part: 1, .failure(failure), at: rig.moment)
    #expect(rig.actions().isEmpty)
    rig.machine.partAnswered(1, part: 2, .success(part(2)), at: rig.moment)
    let changes = rig.settle().changes
    #expect(changes.first == .partUploaded(number: 1, part: 2, part(2)))
    guard case .failed(1, _, _, _) = changes.last else {
      Issue.record("not failed: \(changes)")
      return
    }
    #expect(rig.machine.active.isEmpty)
    #expect(rig.machine.s3.inFlight == 0)
  }

  @Test("a part that fails for a moment is sent again alone, and the others go on meanwhile")
  func partAgain() {
    var (rig, _) = begun(partConcurrency: 2)
    rig.machine.partAnswered(1, part: 1, .failure(Fixture.failure(.retry)), at: rig.moment)
    #expect(rig.actions().parts == [3])
    rig.machine.partAnswered(1, part: 2, .success(part(2)), at: rig.moment)
    rig.machine.partAnswered(1, part: 3, .success(part(3)), at: rig.moment)
    #expect(rig.settle().requests.isEmpty, "not complete while a part rests")
    rig.now += .seconds(1)
    #expect(rig.settle().parts == [1])
    rig.machine.partAnswered(1, part: 1, .success(part(1)), at: rig.moment)
    #expect(rig.settle().requests == [.completeMultipart(1)])
    #expect(rig.machine.s3.tokens == 500 / 14 && rig.machine.multipartRequests == 1)
  }

  @Test("a completion without a certain answer is sent again in a moment; the object may be there by then")
  func completionAgain() {
    var (rig, _) = begun(partConcurrency: 3)
    for number in 1...3 { rig.machine.partAnswered(1, part: number, .success(part(number)), at: rig.moment) }
    _ = rig.settle()
    rig.machine.multipartCompleted(1, .failure(Fixture.failure(.retry)), at: rig.moment)
    #expect(rig.settle().requests.isEmpty)
    rig.now += .seconds(1)
    #expect(rig.settle().requests == [.completeMultipart(1)])
    #expect(rig.machine.active[1]?.mayBeThere == true)
  }

  // MARK: Completions that nobody answers

  /// A rig whose completion is under way.
  private func completing() -> MachineRig {
    var (rig, _) = begun(partConcurrency: 3)
    for number in 1...3 { rig.machine.partAnswered(1, part: number, .success(part(number)), at: rig.moment) }
    _ = rig.settle()
    return rig
  }

  private func next(_ actions: [DeliveryAction]) -> Timestamp? {
    for case .failed(_, _, _, let next) in actions.changes { return next }
    return nil
  }

  @Test("a completion that we stopped waiting for is asked for again once S3 must have ended, and not before")
  func completionGivenUp() {
    for code in ["transport-timeout", "transport-cancelled"] {
      var rig = completing()
      rig.now += .seconds(300)
      rig.machine.multipartCompleted(1, .failure(Fixture.failure(.retry, code: code)), at: rig.moment)
      let actions = rig.settle()
      #expect(actions.requests.isEmpty && next(actions) == Fixture.wall + .seconds(900))
      #expect(!actions.changes.contains(.multipartForgotten(number: 1)))
      #expect(rig.machine.alone[1] != nil && !rig.machine.s3.isPaused)
    }
  }

  @Test("after a completion without an answer, that the upload is gone does not start it anew: S3 may have joined it")
  func completionGone() {
    var rig = completing()
    rig.machine.multipartCompleted(1, .failure(Fixture.failure(.retry, code: "transport-closed")), at: rig.moment)
    rig.now += .seconds(1)
    #expect(rig.settle().requests == [.completeMultipart(1)])
    rig.machine.multipartCompleted(1, .failure(Fixture.failure(.restartUpload, code: "NoSuchUpload")), at: rig.moment)
    let actions = rig.settle()
    #expect(next(actions) == Fixture.wall + .seconds(900))
    #expect(!actions.changes.contains(.multipartForgotten(number: 1)))
  }

  @Test("a completion that S3 refuses in its own words starts the upload anew, without that wait")
  func completionRefused() {
    var rig = completing()
    rig.machine.multipartCompleted(
      1, .failure(Fixture.failure(.restartUpload, code: "InvalidPart", status: 400)), at: rig.moment)
    let actions = rig.settle()
    #expect(next(actions) == rig.wall + .seconds(120))
    #expect(actions.changes.contains(.multipartForgotten(number: 1)))
  }

  @Test("a completion that was written down and not sent, because the lane paused, holds up nothing")
  func completionTakenBack() {
    var (rig, _) = begun(partConcurrency: 3)
    for number in 1...3 { rig.machine.partAnswered(1, part: number, .success(part(number)), at: rig.moment) }
    rig.commit(
      .partUploaded(number: 1, part: 1, part(1)), .partUploaded(number: 1, part: 2, part(2)),
      .partUploaded(number: 1, part: 3, part(3)))
    rig.commit(.completionBegan(number: 1, until: rig.wall + .seconds(900)))
    _ = rig.machine.takeActions()
    rig.machine.release(1)
    #expect(rig.machine.takeActions().changes == [.completionTakenBack(number: 1)])
  }

  @Test("a request cancelled by the stop keeps the wait: S3 may be joining the parts")
  func completionCancelled() {
    var rig = completing()
    rig.machine.cancelled(1, .s3)
    #expect(rig.machine.takeActions().changes.isEmpty)
  }

  @Test("credentials may expire again and again within one upload, as long as it comes on between")
  func expiryAgain() {
    var (rig, _) = begun(partConcurrency: 1)
    for number in 1...3 {
      rig.machine.partAnswered(1, part: number, .failure(Fixture.failure(.refresh)), at: rig.moment)
      #expect(rig.actions() == [.refreshCredentials], "nothing goes before the new credentials are there")
      rig.machine.canSign = true
      #expect(rig.actions().parts == [number])
      rig.machine.partAnswered(1, part: number, .success(part(number)), at: rig.moment)
      _ = rig.settle()
    }
    #expect(!rig.machine.s3.isPaused)
  }

  @Test("uploads in parts leave a quarter of the lane to small files, and take turns with them")
  func smallFilesPass() {
    var rig = MachineRig(concurrency: 8, partConcurrency: 8)
    var huge = Fixture.delivery(1, name: "huge", size: 2000)
    huge.prepared = Fixture.prepared()
    huge.multipart = MultipartProgress(uploadID: "u", partSize: 100)
    #expect(rig.begin(huge, parts: 20).parts.count == 6)
    let small = (2...9).map { Fixture.delivery($0, name: "small \($0)") }
    rig.machine.load(small, at: rig.moment)
    _ = rig.machine.takeActions()
    for delivery in small {
      rig.machine.hashed(delivery.number, .hashed(MachineRig.digest(of: delivery)), at: rig.moment)
    }
    #expect(rig.settle().requests == [.putObject(2), .putObject(3)])
    rig.machine.partAnswered(1, part: 1, .success(part(1)), at: rig.moment)
    rig.machine.partAnswered(1, part: 2, .success(part(2)), at: rig.moment)
    let next = rig.settle()
    #expect(next.parts.count == 1 && next.requests.count == 2)
  }

  @Test("a part that becomes durable after its attempt failed does not end the attempt again")
  func endedOnce() {
    var (rig, _) = begun(partConcurrency: 2)
    rig.machine.partAnswered(1, part: 1, .success(part(1)), at: rig.moment)
    rig.machine.partAnswered(1, part: 2, .failure(Fixture.failure(.item)), at: rig.moment)
    #expect(rig.actions().changes.count == 2)
    rig.commit(.partUploaded(number: 1, part: 1, part(1)))
    #expect(rig.actions().isEmpty)
  }

  @Test("an upload in parts of a file that goes whole by now is ended")
  func wholeByNow() {
    var rig = MachineRig()
    var delivery = Fixture.delivery()
    delivery.prepared = Fixture.prepared()
    delivery.multipart = MultipartProgress(uploadID: "u", partSize: 100, parts: [1: part(1)])
    let actions = rig.begin(delivery)
    #expect(actions.contains(.abortMultipart(1, uploadID: "u")))
    #expect(actions.changes.first == .multipartForgotten(number: 1))
    #expect(actions.requests == [.putObject(1)])
  }

  @Test("an upload that S3 no longer knows is forgotten before it begins again")
  func restart() {
    var (rig, _) = begun(partConcurrency: 1)
    rig.machine.partAnswered(1, part: 1, .failure(Fixture.failure(.restartUpload)), at: rig.moment)
    #expect(rig.settle().changes.first == .multipartForgotten(number: 1))
    #expect(rig.begin(large, parts: 3).requests == [.createMultipart(1)])
  }

  @Test("a part that failed by expired credentials goes again after the refresh")
  func repairedPart() {
    var (rig, _) = begun(partConcurrency: 1)
    rig.machine.partAnswered(1, part: 1, .failure(Fixture.failure(.refresh)), at: rig.moment)
    #expect(rig.actions() == [.refreshCredentials])
    rig.machine.canSign = true
    #expect(rig.actions().parts == [1])
  }

  @Test("a part that S3 has is not sent again after a refresh, though the journal does not know of it yet")
  func repairedBeforeDurable() {
    var (rig, _) = begun(partConcurrency: 2)
    rig.machine.partAnswered(1, part: 2, .success(part(2)), at: rig.moment)
    rig.machine.partAnswered(1, part: 1, .failure(Fixture.failure(.refresh)), at: rig.moment)
    _ = rig.actions()
    rig.machine.canSign = true
    #expect(rig.actions().parts == [1, 3])
  }

  @Test("a completion that failed by expired credentials goes again, without its parts")
  func repairedCompletion() {
    var (rig, _) = begun(partConcurrency: 3)
    for number in 1...3 { rig.machine.partAnswered(1, part: number, .success(part(number)), at: rig.moment) }
    _ = rig.settle()
    rig.machine.multipartCompleted(1, .failure(Fixture.failure(.refresh)), at: rig.moment)
    #expect(rig.actions() == [.refreshCredentials])
    rig.machine.canSign = true
    #expect(rig.actions().requests == [.completeMultipart(1)])
  }

  @Test("an upload that waits without a part under way is let go by a pause; one with parts under way stays")
  func letGo() {
    var rig = MachineRig(concurrency: 3, partConcurrency: 1)
    _ = rig.begin(Fixture.delivery(2, name: "b", size: 250), parts: 3)
    rig.machine.multipartCreated(2, .success("u"), at: rig.moment)
    #expect(rig.settle().parts == [1])
    _ = rig.begin(Fixture.delivery(3, name: "c"))
    rig.machine.objectAnswered(3, .failure(Fixture.failure(.blocked)), at: rig.moment)
    _ = rig.settle()
    #expect(Set(rig.machine.active.keys) == [2])
  }

  @Test("an attempt that ended leaves nothing behind in the line for S3: its end is not taken for waiting")
  func endedIsNotWaiting() {
    var rig = MachineRig(concurrency: 3, partConcurrency: 2)
    _ = rig.begin(large, parts: 3)
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    #expect(rig.settle().parts == [1, 2])
    rig.machine.partAnswered(1, part: 2, .success(part(2)), at: rig.moment)
    rig.machine.partAnswered(1, part: 1, .failure(Fixture.failure(.item)), at: rig.moment)
    #expect(rig.machine.active[1]?.stage == .closing)
    rig.machine.s3.fail(.blocked, at: rig.wall, now: rig.now)
    rig.machine.letGo(of: .s3, .service)
    #expect(rig.machine.active[1]?.stage == .closing)
  }

  @Test("a new attempt of an upload to be begun again creates it once, whatever the one before left in the line")
  func createdOnce() {
    var rig = MachineRig(concurrency: 3, partConcurrency: 2)
    _ = rig.begin(large, parts: 3)
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    _ = rig.settle()
    rig.machine.partAnswered(1, part: 2, .success(part(2)), at: rig.moment)
    rig.machine.partAnswered(1, part: 1, .failure(Fixture.failure(.restartUpload)), at: rig.moment)
    rig.machine.canSign = false
    _ = rig.settle()
    #expect(rig.begin(large, parts: 3).requests.isEmpty)
    rig.machine.canSign = true
    #expect(rig.actions().requests == [.createMultipart(1)])
  }
}
