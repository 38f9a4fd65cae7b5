import AWSClients
import DaemonConfiguration
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

@Suite("Hash ahead, send behind")
struct DeliveryMachineAheadTests {
  private let large = Fixture.delivery(1, size: 250)
  private static let target = UploadTarget(
    bucket: "files", objectKey: Fixture.prepared().objectKey, contentType: Fixture.prepared().contentType,
    owner: Fixture.prepared().owner, host: Fixture.prepared().host)

  private static func part(_ number: Int) -> UploadedPart {
    UploadedPart(etag: "p\(number)", sha256: Fixture.digest(UInt64(number) + 999))
  }

  private func read(_ part: Int, _ rig: inout MachineRig, sha256: SHA256Digest?) {
    let upload = AheadUpload(target: Self.target, partSize: MachineRig.partSize)
    rig.machine.partRead(
      ReadPart(
        delivery: 1, part: part,
        checksums: PartChecksums(sha256: sha256, crc64: sha256 == nil ? CRC64Checksum(1) : nil),
        begins: part == 1 ? upload : nil, stream: PartStream()),
      at: rig.moment)
  }

  private func read(_ part: Int, _ rig: inout MachineRig) {
    read(part, &rig, sha256: Fixture.digest(UInt64(part) + 999))
  }

  /// A file that is being read, of which the first part was.
  private func begun() -> MachineRig {
    var rig = MachineRig(partConcurrency: 4)
    rig.addBystander()
    rig.machine.load([large], at: rig.moment)
    #expect(rig.settle().hashes == [1])
    read(1, &rig)
    return rig
  }

  private func hashed(_ rig: inout MachineRig) {
    rig.machine.hashed(1, .hashed(MachineRig.digest(of: large, parts: 3)), at: rig.moment)
  }

  @Test("the parts go as they are read, after the attempt and the upload's id are durable")
  func parts() {
    var rig = begun()
    let attempt = JournalChange.attemptBegan(number: 1, at: rig.wall)
    #expect(rig.actions() == [.commit(attempt)])
    rig.commit(attempt)
    #expect(rig.actions().requests == [.createMultipart(1)])
    read(2, &rig)
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    let change = JournalChange.multipartBegan(
      number: 1, uploadID: "u", partSize: MachineRig.partSize, target: Self.target)
    #expect(rig.actions() == [.commit(change)])
    rig.commit(change)
    #expect(rig.actions().parts == [1, 2])
    read(3, &rig)
    #expect(rig.actions().parts == [3])
  }

  @Test("the parts are joined once the digest of the whole is durable, and not before")
  func completion() {
    var rig = begun()
    _ = rig.settle()
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    for part in 2...3 { read(part, &rig) }
    #expect(rig.settle().parts == [1, 2, 3])
    for part in 1...3 {
      rig.machine.partAnswered(1, part: part, .success(Self.part(part)), at: rig.moment)
      #expect(rig.settle().contains(.releasePart(1, part: part)))
    }
    hashed(&rig)
    let actions = rig.actions()
    #expect(actions.requests.isEmpty)
    #expect(actions.changes.contains(.prepared(number: 1, Fixture.prepared())))
    for change in actions.changes { rig.commit(change) }
    #expect(rig.settle().requests == [.completeMultipart(1)])
  }

  @Test("an upload that is answered after the file was read to its end belongs to what its digest fixed")
  func lateUpload() {
    var rig = begun()
    _ = rig.settle()
    for part in 2...3 { read(part, &rig) }
    hashed(&rig)
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    let changes = rig.actions().changes
    let begins = JournalChange.multipartBegan(number: 1, uploadID: "u", partSize: MachineRig.partSize)
    #expect(changes.suffix(2) == [.prepared(number: 1, Fixture.prepared()), begins])
    for change in changes { rig.commit(change) }
    #expect(rig.actions().parts == [1, 2, 3])
  }

  @Test("a file that changed while it was sent makes no object: the upload is ended, and its new state judged")
  func changed() {
    var rig = begun()
    _ = rig.settle()
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    #expect(rig.settle().parts == [1])
    rig.machine.hashed(1, .changed, at: rig.moment)
    #expect(rig.settle().isEmpty, "one part is still under way")
    rig.machine.partAnswered(1, part: 1, .success(Self.part(1)), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.contains(.abortMultipart(1, uploadID: "u")))
    #expect(actions.contains(.resettle(large.file)))
    #expect(rig.machine.active[1] == nil && rig.machine.s3.inFlight == 0)
  }

  @Test("a part that fails for good leaves the reader to itself, and the file is sent by what it finds")
  func failure() {
    var rig = begun()
    _ = rig.settle()
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    _ = rig.settle()
    rig.machine.partAnswered(1, part: 1, .failure(Fixture.failure(.retry, retryAfter: .seconds(60))), at: rig.moment)
    #expect(rig.settle().contains(.letGoOfReading(1)))
    read(2, &rig)
    #expect(rig.settle() == [.letGoOfReading(1)], "what was posted meanwhile is let go of")
    hashed(&rig)
    let actions = rig.settle()
    #expect(!actions.contains(.abortMultipart(1, uploadID: "u")), "the parts that S3 has stay")
    #expect(actions.parts == [1, 2], "one that failed has two requests under way")
  }

  @Test("nothing is sent ahead behind a closed circuit, nor to another bucket")
  func closed() {
    var rig = MachineRig()
    rig.machine.load([large], at: rig.moment)
    _ = rig.settle()
    for _ in 0..<3 { rig.machine.s3.fail(.blocked, at: rig.wall, now: rig.now) }
    #expect(rig.machine.s3.isPaused)
    read(1, &rig)
    #expect(rig.settle() == [.letGoOfReading(1)])
    #expect(rig.machine.active[1]?.stage == .hashing)
  }

  // MARK: Bodies that are not signed

  /// A file whose first part is under way, unsigned.
  private func unsigned() -> MachineRig {
    var rig = MachineRig(partConcurrency: 4)
    rig.machine.settings.checksums = ChecksumPolicy(setting: .auto, place: "here", isAmazons: true)
    rig.addBystander()
    rig.machine.load([large], at: rig.moment)
    _ = rig.settle()
    read(1, &rig, sha256: nil)
    _ = rig.settle()
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    #expect(rig.settle().parts == [1])
    return rig
  }

  private static let denied = ServiceFailure(
    lane: .s3, failureClass: .refused, code: "AccessDenied", message: "Access Denied", status: 403)

  @Test("a part that is refused unsigned is sent once more signed; that it is taken then is kept")
  func signedAgain() {
    var rig = unsigned()
    rig.machine.partAnswered(1, part: 1, .failure(Self.denied), at: rig.moment)
    #expect(rig.settle() == [.uploadPart(1, part: 1)])
    #expect(rig.machine.active[1]?.multipart?.signed == [1])
    #expect(!rig.machine.s3.isClosed("inbox"))
    rig.machine.partAnswered(
      1, part: 1, .success(UploadedPart(etag: "p1", checksum: .crc64nvme(CRC64Checksum(1)))), at: rig.moment)
    let finding = ChecksumFinding(place: "here", keepsCRC64: true, signsBodies: true)
    #expect(rig.settle().changes.contains(.checksumFound(finding)))
    #expect(rig.machine.checksums.signsBodies && rig.machine.checksums.algorithm == .crc64nvme)
  }

  @Test("a part that is refused signed, too, is refused as ever, and proves nothing of signatures")
  func refusedAnyway() {
    var rig = unsigned()
    rig.machine.partAnswered(1, part: 1, .failure(Self.denied), at: rig.moment)
    _ = rig.settle()
    rig.machine.partAnswered(1, part: 1, .failure(Self.denied), at: rig.moment)
    let actions = rig.settle()
    #expect(actions.contains(.letGoOfReading(1)))
    #expect(!actions.changes.contains { if case .checksumFound = $0 { true } else { false } })
  }
}
