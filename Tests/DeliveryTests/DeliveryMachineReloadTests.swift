import DeliveryJournal
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// A reload may name another bucket while files are on their way.
struct DeliveryMachineReloadTests {
  private func reloaded(_ rig: inout MachineRig) { rig.machine.settings.bucket = "other" }

  private func digest(_ bucket: String) -> FileDigest {
    var digest = MachineRig.digest(of: Fixture.delivery())
    digest.prepared.bucket = bucket
    return digest
  }

  @Test("what was hashed for another bucket is prepared anew")
  func hashed() {
    var rig = MachineRig()
    rig.machine.load([Fixture.delivery()], at: rig.moment)
    _ = rig.machine.takeActions()
    reloaded(&rig)
    rig.machine.hashed(1, .hashed(digest("files")), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.hashes == [1] && actions.changes.isEmpty && actions.contains(.releaseContent(1)))
    rig.machine.hashed(1, .hashed(digest("other")), at: rig.moment)
    #expect(rig.settle().requests == [.putObject(1)])
  }

  @Test("what waits to be sent goes back to the journal and is taken up again")
  func waiting() {
    var rig = MachineRig()
    rig.machine.canSign = false
    _ = rig.begin(Fixture.delivery())
    reloaded(&rig)
    rig.machine.canSign = true
    #expect(rig.settle() == [.releaseContent(1)])
    #expect(rig.machine.active.isEmpty && rig.machine.leftToJournal)
  }

  @Test(
    "an upload in parts to another bucket ends its parts under way and begins anew, and its old parts are forgotten")
  func multipart() {
    var rig = MachineRig(partConcurrency: 1)
    var delivery = Fixture.delivery(size: 250)
    delivery.prepared = Fixture.prepared()
    delivery.multipart = MultipartProgress(uploadID: "u", partSize: MachineRig.partSize)
    #expect(rig.begin(delivery, parts: 3).parts == [1])
    reloaded(&rig)
    rig.machine.partAnswered(
      1, part: 1, .success(UploadedPart(etag: "e", sha256: Fixture.digest(1000))), at: rig.moment)
    #expect(rig.settle().requests.isEmpty)
    #expect(rig.machine.active.isEmpty)
    rig.machine.load([delivery], at: rig.moment)
    _ = rig.machine.takeActions()
    var again = digest("other")
    (again.partSize, again.partDigests) = (MachineRig.partSize, (0..<3).map { Fixture.digest($0 + 1000) })
    rig.machine.hashed(1, .hashed(again), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.changes.first == .multipartForgotten(number: 1))
    #expect(actions.requests == [.createMultipart(1)])
  }

  @Test("an object that is in the old bucket is recorded there")
  func uploaded() {
    var rig = MachineRig()
    rig.machine.load([Fixture.uploaded()], at: rig.moment)
    reloaded(&rig)
    #expect(rig.settle().requests == [.putRecord(1)])
  }

  @Test("no folder takes the whole window, and what it leaves is loaded when it has room again")
  func folderWindow() {
    var rig = MachineRig(window: 8)
    #expect(rig.machine.settings.folderWindow == 6)
    _ = rig.begin(Fixture.delivery(1, name: "a"), Fixture.delivery(2, name: "b"))
    #expect(rig.machine.inHand == ["inbox": 2])
    rig.machine.hashed(1, .gone, at: rig.moment)
    rig.machine.objectAnswered(1, .failure(Fixture.failure(.item)), at: rig.moment)
    _ = rig.settle()
    #expect(rig.machine.inHand == ["inbox": 1])
  }

  @Test("what a folder's share left in the journal is asked for, had the folder room before the answer or after")
  func shortened() {
    var rig = MachineRig(window: 8)
    var request = DueRequest(state: .pending, dueBefore: rig.wall, limit: 8, folderLimit: 2)
    let both = [Fixture.delivery(1, name: "a"), Fixture.delivery(2, name: "b")]
    #expect(request.shortened(by: both) == ["inbox"])
    #expect(request.shortened(by: [both[0]]).isEmpty)
    request.inHand = ["inbox": 2]
    #expect(request.shortened(by: []) == ["inbox"])

    // All that was in hand has ended by the time of the answer.
    rig.machine.noteShortened(["inbox"])
    #expect(rig.machine.leftToJournal)
    rig.machine.leftToJournal = false

    rig.machine.load(both, at: rig.moment)
    rig.machine.noteShortened(["inbox"])
    #expect(!rig.machine.leftToJournal)
    rig.machine.forget(1)
    #expect(!rig.machine.leftToJournal)
    rig.machine.forget(2)
    #expect(rig.machine.leftToJournal)
  }
}
