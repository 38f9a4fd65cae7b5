import AWSClients
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// An object under our key that no attempt known here made: the table is asked whose it is.
struct DeliveryMachineQuestionTests {
  private static let conflict = Fixture.failure(.item, code: "key-conflict", status: 412)

  private static let key = RecordKey(id: Fixture.prepared().id, objectKey: Fixture.prepared().objectKey)

  private func record(_ change: (inout [String: StoredRecord.Value]) -> Void = { _ in }) -> StoredRecord {
    var attributes: [String: StoredRecord.Value] = [
      "sha256": .text(Fixture.prepared().sha256?.hex ?? ""), "size": .number("10"), "etag": .text("e"),
      "version_id": .text("v7"), "folder": .text("inbox"), "source_path": .text("a.pdf"),
    ]
    change(&attributes)
    return StoredRecord(attributes: attributes)
  }

  /// A rig whose question is under way.
  private func asked() -> MachineRig {
    var rig = MachineRig()
    _ = rig.begin(Fixture.delivery())
    rig.machine.objectAnswered(1, .failure(Self.conflict), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.requests == [.askForRecord(1, Self.key)] && actions.changes.isEmpty)
    return rig
  }

  @Test("a record that agrees is this delivery's: nothing is sent again, and the record is found in place")
  func agreeing() {
    var rig = asked()
    rig.machine.questionAnswered(1, .success(record()), at: rig.moment)
    let actions = rig.settle()
    #expect(
      actions.changes.first
        == .uploaded(number: 1, UploadReceipt(etag: "e", versionID: "v7", uploaded: rig.wall)))
    #expect(actions.requests == [.putRecord(1)])
    rig.machine.recordAnswered(1, .success(.found(record())), at: rig.moment)
    #expect(rig.settle().changes == [.logged(number: 1, at: rig.wall, alreadyRecorded: true)])
  }

  @Test("without a record, or with that of other content, the object is another's and the file is parked")
  func another() {
    for found in [
      nil, record { $0["sha256"] = .text("00") }, record { $0["size"] = .number("11") }, record { $0["size"] = nil },
    ] {
      var rig = asked()
      rig.machine.questionAnswered(1, .success(found), at: rig.moment)
      #expect(
        rig.settle().changes == [.parked(number: 1, code: "key-conflict", reason: "it failed", at: rig.wall)])
    }
  }

  @Test("a question that fails for a moment is asked again, one that fails for longer leaves the delivery pending")
  func failing() {
    var rig = asked()
    for _ in 0..<3 {
      rig.machine.questionAnswered(1, .failure(Fixture.failure(.retry, .dynamodb)), at: rig.moment)
      rig.now += .seconds(5)
      #expect(rig.settle().requests == [.askForRecord(1, Self.key)])
    }
    rig.machine.questionAnswered(1, .failure(Fixture.failure(.retry, .dynamodb)), at: rig.moment)
    let changes = rig.settle().changes
    #expect(changes.count == 1)
    guard case .failed(1, _, _, _)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(rig.machine.dynamodb.inFlight == 0)
  }

  @Test("behind a paused DynamoDB the question waits in the journal, and S3 goes on")
  func paused() {
    var rig = asked()
    rig.machine.questionAnswered(1, .failure(Fixture.failure(.blocked, .dynamodb)), at: rig.moment)
    _ = rig.settle()
    #expect(rig.machine.active.isEmpty && rig.machine.dynamodb.isPaused && !rig.machine.s3.isPaused)
  }
}
