import AWSClients
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// Which arrival a delivery is, where the table has a record of the same content at the same path.
struct DeliveryMachineIdentityTests {
  private static let arrival = ArrivalID(bytes: [UInt8](repeating: 7, count: 16))
  private static let other = ArrivalID(bytes: [UInt8](repeating: 9, count: 16))

  private func delivery(_ discovery: Discovery = .event, changed: Timestamp = Fixture.wall) -> Delivery {
    var delivery = Fixture.delivery()
    var identity = delivery.file.identity
    identity.changed = changed.milliseconds * 1_000_000
    delivery.file = SettledFile(
      folder: "inbox", path: delivery.file.path, identity: identity, owner: 0, received: Fixture.wall,
      settled: Fixture.wall, evidence: .lease, discovery: discovery)
    delivery.arrival = Self.arrival
    return delivery
  }

  private func choice(isInKey: Bool = false) -> IdentityChoice {
    let id = { (seed: UInt64) in DeliveryID(digest: Fixture.digest(seed)) }
    return IdentityChoice(
      former: isInKey ? nil : RecordKey(id: id(501), objectKey: "inbox/a.pdf"),
      own: RecordKey(id: id(500), objectKey: isInKey ? "inbox/own/a.pdf" : "inbox/a.pdf"), isInKey: isInKey)
  }

  /// A rig that has hashed the file, and what it did then.
  private func hashed(_ delivery: Delivery, isInKey: Bool = false, deletes: Bool = false) -> (
    MachineRig, [DeliveryAction]
  ) {
    var rig = MachineRig()
    if deletes { rig.machine.settings.deleting = ["inbox"] }
    rig.machine.load([delivery], at: rig.moment)
    var digest = MachineRig.digest(of: delivery)
    digest.identity = choice(isInKey: isInKey)
    rig.machine.hashed(1, .hashed(digest), at: rig.moment)
    let actions = rig.settle()
    return (rig, actions)
  }

  private func record(_ arrival: ArrivalID?, uploaded: Timestamp = Fixture.wall) -> StoredRecord {
    var more: [String: StoredRecord.Value] = [
      "uploaded_at": .text(uploaded.iso8601), "version_id": .text("v7"), "bucket": .text("files"),
    ]
    if let arrival { more["arrival"] = .text(arrival.text) }
    return Fixture.storedRecord(more)
  }

  private var asked: DeliveryAction {
    .askForRecord(1, RecordKey(id: Fixture.prepared().id, objectKey: Fixture.prepared().objectKey))
  }

  private var askedFormer: DeliveryAction { .askForRecord(1, choice().former ?? choice().own) }

  @Test("what a first scan found is asked for before anything is sent, and what has its record is not sent")
  func knownAgain() {
    var (rig, actions) = hashed(delivery(.firstScan))
    #expect(actions.requests == [asked])
    rig.machine.questionAnswered(1, .success(record(Self.other)), at: rig.moment)
    actions = rig.settle()
    let receipt = UploadReceipt(etag: "e", versionID: "v7", uploaded: Fixture.wall)
    #expect(actions.changes == [.known(number: 1, Fixture.prepared(), receipt, at: rig.wall)])
    #expect(actions.requests.isEmpty && actions.contains(.note(.known(1))) && rig.machine.active.isEmpty)
  }

  @Test("the id of version 1.0.0 is asked for next, and only then is it sent")
  func former() {
    var (rig, _) = hashed(delivery(.firstScan))
    rig.machine.questionAnswered(1, .success(nil), at: rig.moment)
    #expect(rig.settle().requests == [askedFormer])
    rig.machine.questionAnswered(1, .success(nil), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.changes == [.asked(number: 1)] && actions.requests == [.putObject(1)])
  }

  @Test("a file that is deleted once delivered is sent once more, under the same record")
  func deletes() {
    var (rig, _) = hashed(delivery(.firstScan), deletes: true)
    rig.machine.questionAnswered(1, .success(record(Self.other)), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.requests == [.putObject(1)])
    #expect(
      actions.changes == [
        .identified(number: 1, Fixture.prepared().id, objectKey: Fixture.prepared().objectKey)
      ])
  }

  @Test("a record of another content, path or fate is not that of this file: it is sent under an id of its own")
  func foreign() {
    for change: [String: StoredRecord.Value] in [
      ["sha256": .text("00")], ["size": .number("11")], ["folder": .text("other")], ["source_path": .text("b.pdf")],
      ["status": .text("rejected"), "object_key": .text("rejected:inbox/a.pdf")],
    ] {
      var (rig, _) = hashed(delivery(.firstScan))
      rig.machine.questionAnswered(1, .success(Fixture.storedRecord(change)), at: rig.moment)
      let actions = rig.settle()
      #expect(actions.changes.contains(.identified(number: 1, choice().own.id, objectKey: "inbox/a.pdf")), "\(change)")
      #expect(actions.requests == [.putObject(1)])
    }
  }

  @Test("where the key has the id, it is final before anything is sent")
  func idInKey() {
    var (rig, actions) = hashed(delivery(), isInKey: true)
    #expect(actions.requests == [asked])
    rig.machine.questionAnswered(1, .success(record(Self.other)), at: rig.moment)
    actions = rig.settle()
    #expect(actions.changes == [.identified(number: 1, choice().own.id, objectKey: "inbox/own/a.pdf")])
    #expect(actions.requests == [.putObject(1)])
    #expect(rig.machine.active[1]?.delivery.prepared?.objectKey == "inbox/own/a.pdf")
  }

  @Test(
    "a record that is there already is ours by its arrival, known where the file lay there unchanged before it, else another's",
    arguments: [
      (Discovery.event, 7, 0, true), (.event, 9, 1, false), (.event, 9, 3, true), (.event, 9, -500, false),
      (.rescan, 9, 3600, true), (.firstScan, 9, -500, true),
    ] as [(Discovery, UInt8, Int, Bool)])
  func standing(_ discovery: Discovery, _ arrival: UInt8, _ seconds: Int, _ isThis: Bool) {
    var rig = MachineRig()
    var delivery = delivery(discovery)
    delivery.prepared = Fixture.prepared()
    delivery.state = .uploaded
    delivery.receipt = Fixture.receipt
    delivery.attempts = 1
    rig.machine.load([delivery], at: rig.moment)
    #expect(rig.actions().requests == [.putRecord(1)])
    let there = record(
      ArrivalID(bytes: [UInt8](repeating: arrival, count: 16)), uploaded: Fixture.wall + .seconds(seconds))
    rig.machine.recordAnswered(1, .success(.found(there)), at: rig.moment)
    let actions = rig.settle()
    if isThis {
      #expect(actions.changes == [.logged(number: 1, at: rig.wall, alreadyRecorded: true)])
    } else {
      guard case .identified(1, let id, "inbox/a.pdf")? = actions.changes.first else {
        Issue.record("\(actions)")
        return
      }
      #expect(id == delivery.ownID && actions.requests == [.putRecord(1)])
    }
  }

  @Test("a record that others put under the id that only this arrival has proves nothing")
  func forged() {
    var rig = MachineRig()
    var delivery = delivery()
    delivery.prepared = Fixture.prepared()
    (delivery.state, delivery.receipt, delivery.attempts) = (.uploaded, Fixture.receipt, 1)
    if let own = delivery.ownID { delivery.prepared?.id = own }
    rig.machine.load([delivery], at: rig.moment)
    _ = rig.actions()
    rig.machine.recordAnswered(1, .success(.found(record(Self.other))), at: rig.moment)
    guard case .parked(1, "record-conflict", _, _, _)? = rig.actions().changes.first else {
      Issue.record("taken for ours")
      return
    }
  }

  @Test("an id of a version before, which holds the time of the file, is its own")
  func legacy() {
    var rig = MachineRig()
    rig.machine.load([Fixture.uploaded()], at: rig.moment)
    _ = rig.actions()
    rig.machine.recordAnswered(1, .success(.found(record(Self.other))), at: rig.moment)
    #expect(rig.actions().changes == [.logged(number: 1, at: rig.wall, alreadyRecorded: true)])
  }

  @Test("what was taken away, and came again with the same content, is sent again; what was touched is not")
  func again() {
    for isGone in [true, false] {
      var rig = MachineRig()
      var delivery = delivery()
      delivery.previous = PreviousDelivery(number: 77, sha256: Fixture.digest(1), isGone: isGone)
      #expect(rig.begin(delivery).requests == (isGone ? [.putObject(1)] : []))
    }
  }

  @Test("a waiting delivery whose file was seen gone is withdrawn unread")
  func gone() {
    var rig = MachineRig()
    var delivery = delivery()
    delivery.isGone = true
    rig.machine.load([delivery], at: rig.moment)
    let actions = rig.settle()
    #expect(actions.hashes.isEmpty)
    #expect(
      actions.changes == [
        .withdrawn(number: 1, reason: "the file was removed before it was uploaded", at: rig.wall)
      ])
  }

  @Test("after 200 misses in a row every 20th file is asked for, and after a hit each again")
  func sparse() {
    var lookups = RecordLookups()
    func asked(_ count: Int) -> Int { (0..<count).count { _ in lookups.wants("inbox") } }
    for _ in 0..<200 {
      let isAsked = lookups.wants("inbox")
      #expect(isAsked)
      lookups.answered("inbox", isKnown: false)
    }
    #expect(asked(100) == 5)
    let isOtherAsked = lookups.wants("archive")
    #expect(isOtherAsked && lookups.sparse == ["inbox"])
    lookups.answered("inbox", isKnown: true)
    #expect(asked(100) == 100)
  }
}
