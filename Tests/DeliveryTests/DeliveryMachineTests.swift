import AWSClients
import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct DeliveryMachineTests {
  // MARK: Hashing

  @Test("a loaded delivery is hashed, and nothing is sent before the digest and the attempt are durable")
  func intentFirst() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    #expect(rig.actions() == [.hash(Fixture.delivery())])
    rig.machine.hashed(1, .hashed(MachineRig.digest(of: Fixture.delivery())), at: rig.moment)
    #expect(
      rig.actions() == [
        .commit(.prepared(number: 1, Fixture.prepared())), .commit(.attemptBegan(number: 1, at: rig.wall)),
      ])
    rig.commit(.prepared(number: 1, Fixture.prepared()))
    #expect(rig.actions().isEmpty)
    rig.commit(.attemptBegan(number: 1, at: rig.wall))
    #expect(rig.actions() == [.putObject(1)])
  }

  @Test("a digest that the journal already holds is not written again")
  func preparedOnce() {
    var rig = MachineRig()
    var delivery = Fixture.delivery()
    delivery.prepared = Fixture.prepared()
    #expect(rig.begin(delivery).changes == [.attemptBegan(number: 1, at: rig.wall)])
  }

  @Test("a file that is gone is withdrawn with its reason, and leaves memory once that is durable")
  func gone() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .gone, at: rig.moment)
    let withdrawn = JournalChange.withdrawn(
      number: 1, reason: "the file was removed before it was uploaded", at: rig.wall)
    #expect(rig.actions().changes == [withdrawn])
    #expect(rig.machine.active[1]?.stage == .closing)
    rig.commit(withdrawn)
    #expect(rig.machine.active.isEmpty)
  }

  @Test("a file that changed is withdrawn, and the watcher judges it again")
  func changed() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .changed, at: rig.moment)
    let actions = rig.actions()
    #expect(actions.contains(.resettle(Fixture.file())))
    #expect(actions.contains(.note(.torn(1))))
    guard case .withdrawn(1, _, _) = actions.changes.first else {
      Issue.record("not withdrawn: \(actions)")
      return
    }
  }

  @Test("a delivery that is withdrawn aborts its multipart upload")
  func withdrawnAborts() {
    var rig = MachineRig()
    var delivery = Fixture.delivery()
    delivery.prepared = Fixture.prepared()
    delivery.multipart = MultipartProgress(uploadID: "u", partSize: 100)
    rig.machine.load([delivery], at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .gone, at: rig.moment)
    #expect(rig.actions().contains(.abortMultipart(1, uploadID: "u")))
  }

  @Test("a file that cannot be read stays pending, its attempt counted and its next one later")
  func unreadable() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .unreadable(code: "permission", reason: "denied"), at: rig.moment)
    let failure = ServiceFailure.unreadableFile(code: "permission", reason: "denied")
    #expect(
      rig.actions().changes == [
        .attemptBegan(number: 1, at: rig.wall),
        .failed(number: 1, failure, at: rig.wall, nextAttempt: rig.wall + .seconds(5)),
      ])
    #expect(!rig.machine.s3.isPaused)
  }

  @Test("a file that cannot be read waits its time even while S3 is paused: it is no probe")
  func unreadableWhilePaused() {
    var rig = MachineRig()
    rig.machine.s3.fail(.blocked, at: rig.wall, now: rig.now)
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .unreadable(code: "permission", reason: "denied"), at: rig.moment)
    let failure = ServiceFailure.unreadableFile(code: "permission", reason: "denied")
    #expect(
      rig.actions().changes.last
        == .failed(
          number: 1, failure, at: rig.wall, nextAttempt: rig.wall + .seconds(5)))
  }

  @Test("a file of which no key can be made is parked")
  func unnameable() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .unnameable(reason: "too long"), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.changes == [.parked(number: 1, code: "object-key", reason: "too long", at: rig.wall)])
    #expect(actions.contains(.note(.parked(1, reason: "too long"))))
    #expect(rig.machine.active.isEmpty)
  }

  @Test("content equal to what was delivered before is noted, not sent")
  func unchanged() {
    var rig = MachineRig()
    var delivery = Fixture.delivery(2)
    delivery.previous = PreviousDelivery(number: 1, sha256: Fixture.digest(1))
    let actions = rig.begin(delivery)
    #expect(actions.changes == [.unchanged(number: 2, of: 1, identity: delivery.file.identity, at: rig.wall)])
    #expect(actions.requests.isEmpty)
    #expect(rig.machine.active.isEmpty)
  }

  @Test("content that differs from what was delivered before is sent")
  func differs() {
    var rig = MachineRig()
    var delivery = Fixture.delivery(2)
    delivery.previous = PreviousDelivery(number: 1, sha256: Fixture.digest(9))
    #expect(rig.begin(delivery).requests == [.putObject(2)])
  }

  @Test("a digest that comes when nobody waits for it lets go of the content only", arguments: [1, 2] as [Int64])
  func lateDigest(number: Int64) {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.hashed(number, .gone, at: rig.moment)
    #expect(rig.actions() == [.releaseContent(number)])
  }

  // MARK: Sending

  @Test("the record waits for the durable receipt, and the end for the durable record")
  func commitDriven() {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .success(MachineRig.object), at: rig.moment)
    let uploaded = JournalChange.uploaded(number: 1, Fixture.receipt)
    #expect(rig.actions() == [.commit(uploaded), .releaseContent(1)])
    rig.commit(uploaded)
    #expect(rig.actions() == [.putRecord(1)])
    rig.machine.recordAnswered(1, .success(.written), at: rig.moment)
    let logged = JournalChange.logged(number: 1, at: rig.wall, alreadyRecorded: false)
    #expect(rig.actions() == [.commit(logged)])
    #expect(rig.machine.active[1] != nil)
    rig.commit(logged)
    #expect(rig.actions() == [.note(.delivered(1, alreadyRecorded: false))])
    #expect(rig.machine.active.isEmpty)
  }

  @Test("a record that was already there is a success")
  func alreadyRecorded() {
    var rig = MachineRig()
    rig.machine.load([Fixture.uploaded()], at: rig.moment)
    #expect(rig.actions() == [.putRecord(1)])
    rig.machine.recordAnswered(1, .success(.found(Fixture.storedRecord())), at: rig.moment)
    #expect(rig.actions().changes == [.logged(number: 1, at: rig.wall, alreadyRecorded: true)])
  }

  @Test("without credentials nothing is sent, with them everything goes")
  func credentials() {
    var rig = MachineRig()
    rig.machine.canSign = false
    #expect(rig.begin(Fixture.delivery(), Fixture.uploaded(2, name: "b")).requests.isEmpty)
    rig.machine.canSign = true
    #expect(rig.actions().requests == [.putRecord(2), .putObject(1)])
  }

  @Test("no more requests start than the lane has room for")
  func laneLimit() {
    var rig = MachineRig(concurrency: 2)
    let actions = rig.begin(
      Fixture.delivery(1, name: "a"), Fixture.delivery(2, name: "b"), Fixture.delivery(3, name: "c"))
    #expect(actions.requests == [.putObject(1), .putObject(2)])
    rig.machine.objectAnswered(1, .success(MachineRig.object), at: rig.moment)
    #expect(rig.actions().requests == [.putObject(3)])
  }

  // MARK: Versions

  @Test("two versions of one path are never under way together; the later is loaded again when the earlier ended")
  func versions() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery(1), Fixture.delivery(2)], at: rig.moment)
    #expect(rig.actions().hashes == [1])
    #expect(rig.machine.heldNumbers == [1, 2])
    rig.machine.hashed(1, .gone, at: rig.moment)
    #expect(!rig.machine.leftToJournal)
    _ = rig.settle()
    #expect(rig.machine.leftToJournal)
    #expect(rig.machine.heldNumbers.isEmpty)
    rig.machine.load([Fixture.delivery(2)], at: rig.moment)
    #expect(rig.actions().hashes == [2])
  }

  @Test("of many versions of one path only the next is asked for when one ended, however often the file was saved")
  func manyVersions() {
    var rig = MachineRig()
    rig.machine.load((1...4).map { Fixture.delivery($0) }, at: rig.moment)
    for number in 1...3 as ClosedRange<Int64> {
      #expect(rig.actions().hashes == [number])
      rig.machine.hashed(number, .gone, at: rig.moment)
      _ = rig.settle()
      #expect(rig.machine.heldNumbers == Set((number + 2)..<5))
      rig.machine.load([Fixture.delivery(number + 1)], at: rig.moment)
    }
    rig.machine.hashed(4, .gone, at: rig.moment)
    _ = rig.settle()
    #expect(rig.machine.deferred.isEmpty && rig.machine.active.isEmpty)
  }

  @Test("the same name in two folders is two paths")
  func folders() {
    var rig = MachineRig()
    let other = Delivery(number: 2, file: Fixture.file(folder: "scans"), nextAttempt: rig.wall)
    rig.machine.load([Fixture.delivery(1), other], at: rig.moment)
    #expect(rig.actions().hashes == [1, 2])
  }

  @Test("a delivery held already, or finished, is not taken up again")
  func loadedTwice() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    var parked = Fixture.delivery(2, name: "b")
    parked.state = .parked
    rig.machine.load([Fixture.delivery(), parked], at: rig.moment)
    #expect(rig.actions().isEmpty)
    #expect(rig.machine.active.count == 1)
  }

  // MARK: Appetite

  @Test("the window bounds what is held in memory")
  func window() {
    var rig = MachineRig(window: 3)
    #expect(rig.machine.appetite(for: .pending) == 3)
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    #expect(rig.machine.appetite(for: .pending) == 2)
  }

  @Test("behind a paused lane nothing is loaded but one probe, when it is due")
  func probeAppetite() throws {
    var rig = MachineRig()
    rig.machine.s3.fail(.blocked, at: rig.wall, now: rig.now)
    #expect(rig.machine.appetite(for: .pending) == 0)
    #expect(rig.machine.appetite(for: .uploaded) == 512)
    #expect(rig.machine.search(for: .pending, now: rig.now) == nil)
    rig.now += .seconds(60)
    try rig.search([Fixture.delivery(), Fixture.delivery(2, name: "b")], for: .probe)
    #expect(rig.machine.active.count == 1)
    #expect(rig.machine.appetite(for: .pending) == 0 && rig.machine.search(for: .pending, now: rig.now) == nil)
  }

  @Test("a huge file that is still read keeps no lane from being probed by another")
  func probeBesideHugeFile() throws {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery(1, name: "huge")], at: rig.moment)
    rig.machine.s3.fail(.blocked, at: rig.wall, now: rig.now)
    rig.now += .seconds(60)
    try rig.search([Fixture.delivery(2, name: "small")], for: .probe)
    #expect(rig.machine.search(for: .pending, now: rig.now) == nil)
    rig.machine.hashed(2, .hashed(MachineRig.digest(of: Fixture.delivery(2))), at: rig.moment)
    #expect(rig.settle().requests == [.putObject(2)])
  }
}
