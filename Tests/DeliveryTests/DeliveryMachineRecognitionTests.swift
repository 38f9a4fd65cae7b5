import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

@Suite("Files that are recognized, in the machine")
struct DeliveryMachineRecognitionTests {
  private static func touched(
    _ number: Int64 = 1, _ proof: Recognition.Proof = .content(Fixture.digest(1)), isDelivered: Bool = false
  ) -> SettledFile {
    var now = Fixture.file().identity
    now.changed += 1
    return Fixture.file().inState(
      now, recognition: Recognition(number: number, proof: proof, isDelivered: isDelivered, isTouched: false))
  }

  private static func read(_ content: UInt64) -> HashOutcome {
    .hashed(FileDigest(prepared: Fixture.prepared(content), partSize: nil))
  }

  @Test("changed attributes are made durable without a read")
  func attributes() {
    var rig = MachineRig()
    let file = Self.touched(1, .attributes(of: Fixture.file().identity))
    #expect(rig.machine.settled([file], at: rig.moment) == [.recognized(file, file.recognition!)])
    #expect(rig.actions().isEmpty)
  }

  @Test("a file that may be the delivered one is read beside the deliveries: equal, nothing is shown")
  func equal() {
    var rig = MachineRig()
    let file = Self.touched(isDelivered: true)
    #expect(rig.machine.settled([file], at: rig.moment).isEmpty)
    #expect(rig.actions().hashes == [-1])
    rig.machine.hashed(-1, Self.read(1), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.changes == [.recognized(file, file.recognition!)])
    #expect(!actions.contains { if case .note = $0 { true } else { false } })
    #expect(rig.machine.comparisons.isEmpty && rig.machine.active.isEmpty)
  }

  @Test("another content is a new arrival")
  func another() {
    var rig = MachineRig()
    let file = Self.touched()
    _ = rig.machine.settled([file], at: rig.moment)
    rig.machine.hashed(-1, Self.read(2), at: rig.moment)
    #expect(rig.settle().changes == [.received(file.inState(file.identity))])
  }

  @Test("what was looked up before a new arrival was durable is looked up again")
  func lookedUpTooEarly() {
    var rig = MachineRig()
    let file = Self.touched()
    _ = rig.machine.settled([file], at: rig.moment)
    rig.machine.hashed(-1, Self.read(2), at: rig.moment)
    let arrival = JournalChange.received(file.inState(file.identity))
    #expect(rig.actions().changes == [arrival])
    var permitted = file.identity
    permitted.changed += 1
    let later = file.inState(permitted, recognition: file.recognition)
    for _ in 1...2 {
      #expect(rig.machine.settled([later], at: rig.moment).isEmpty)
      #expect(rig.actions() == [.resettle(later)])
    }
    // One that was looked up just before may still come.
    rig.machine.committed(arrival, at: rig.moment)
    #expect(rig.machine.settled([later], at: rig.moment).isEmpty)
    #expect(rig.actions() == [.resettle(later)])
    // The arrival was withdrawn, so that the one before it counts again.
    #expect(rig.machine.settled([later], at: rig.moment).isEmpty)
    #expect(rig.actions().hashes == [-1])
    #expect(rig.machine.successors.isEmpty)
  }

  @Test("a file touched again is recognized as the arrival before it")
  func lookedUpInTime() {
    var rig = MachineRig()
    let file = Self.touched()
    _ = rig.machine.settled([file], at: rig.moment)
    rig.machine.hashed(-1, Self.read(2), at: rig.moment)
    _ = rig.settle()
    let later = Self.touched(2, .unread)
    #expect(rig.machine.settled([later], at: rig.moment) == [.recognized(later, later.recognition!)])
    #expect(rig.machine.successors.isEmpty)
  }

  @Test("what changed again is judged again, what is gone is forgotten, what cannot be read is tried again")
  func otherOutcomes() {
    var rig = MachineRig()
    let file = Self.touched()
    _ = rig.machine.settled([file], at: rig.moment)
    rig.machine.hashed(-1, .changed, at: rig.moment)
    #expect(rig.settle().contains(.resettle(file)))
    _ = rig.machine.settled([file], at: rig.moment)
    rig.machine.hashed(-1, .gone, at: rig.moment)
    #expect(rig.settle().changes.isEmpty && rig.machine.comparisons.isEmpty)
    _ = rig.machine.settled([file], at: rig.moment)
    rig.machine.hashed(-1, .unreadable(code: "permission", reason: ""), at: rig.moment)
    #expect(rig.settle().changes.isEmpty && rig.machine.nextComparison == rig.now + DeliveryMachine.awayPause)
    rig.now += DeliveryMachine.awayPause
    #expect(rig.actions().hashes == [-1])
  }

  @Test("another state of it that comes while it is read is read too")
  func outdated() {
    var rig = MachineRig()
    _ = rig.machine.settled([Self.touched()], at: rig.moment)
    _ = rig.actions()
    let later = Self.touched().inState(Fixture.file().identity, recognition: Self.touched().recognition)
    _ = rig.machine.settled([later], at: rig.moment)
    #expect(rig.actions().hashes.isEmpty)
    rig.machine.hashed(-1, Self.read(1), at: rig.moment)
    #expect(rig.settle().hashes == [-1])
    rig.machine.hashed(-1, Self.read(1), at: rig.moment)
    #expect(rig.settle().changes == [.recognized(later, later.recognition!)])
  }

  @Test("a file touched while it is read for the first time is read again under its number")
  func readAgain() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    let file = Self.touched(1, .unread)
    #expect(rig.machine.settled([file], at: rig.moment).count == 1)
    rig.machine.hashed(1, .changed, at: rig.moment)
    #expect(rig.settle().hashes == [1])
    #expect(rig.machine.active[1]?.delivery.file.identity == file.identity)
  }

  @Test("a file touched while its failed attempt is being made durable keeps its number")
  func failedUnread() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.actions()
    rig.machine.hashed(1, .unreadable(code: "permission", reason: ""), at: rig.moment)
    #expect(rig.machine.active[1]?.stage == .closing)
    let file = Self.touched(1, .unread)
    #expect(rig.machine.settled([file], at: rig.moment) == [.recognized(file, file.recognition!)])
  }

  @Test("a delivery whose file was read in another state takes that on and keeps its parts")
  func parts() {
    var rig = MachineRig(partConcurrency: 4)
    var delivery = Fixture.delivery(size: 250)
    delivery.prepared = Fixture.prepared(1)
    delivery.multipart = MultipartProgress(
      uploadID: "u", partSize: MachineRig.partSize, parts: [1: UploadedPart(etag: "e", sha256: Fixture.digest(1000))])
    rig.machine.load([delivery], at: rig.moment)
    _ = rig.actions()
    var digest = MachineRig.digest(of: delivery, parts: 3)
    digest.state = delivery.file.identity
    digest.state?.changed += 1
    rig.machine.hashed(1, .hashed(digest), at: rig.moment)
    let actions = rig.settle()
    guard case .recognized(let file, let recognition)? = actions.changes.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(file.identity == digest.state && recognition.proof == .content(Fixture.digest(1)))
    #expect(actions.parts == [2, 3])
    #expect(!actions.contains(.createMultipart(1)))
    #expect(!actions.contains { if case .abortMultipart = $0 { true } else { false } })
  }
}
