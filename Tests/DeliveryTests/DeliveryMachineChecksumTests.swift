import AWSClients
import DaemonConfiguration
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

@Suite("What an upload in parts is verified by")
struct DeliveryMachineChecksumTests {
  private let large = Fixture.delivery(1, size: 250)

  private static let notKept = ServiceFailure(
    lane: .s3, failureClass: .unprovable, code: ServiceFailure.checksumNotKept, message: "not repeated")

  private static func refusal(_ code: String) -> ServiceFailure {
    ServiceFailure(lane: .s3, failureClass: .refused, code: code, message: code, status: 400)
  }

  private static func part(_ number: Int, crc64: Bool) -> UploadedPart {
    UploadedPart(
      etag: "p\(number)",
      checksum: crc64
        ? .crc64nvme(CRC64Checksum(UInt64(number))) : .sha256(Fixture.digest(UInt64(number) + 999)))
  }

  private func rig(_ setting: ChecksumPolicy) -> MachineRig {
    var rig = MachineRig()
    rig.machine.settings.checksums = setting
    rig.addBystander()
    rig.machine.load([large], at: rig.moment)
    _ = rig.machine.takeActions()
    var digest = MachineRig.digest(of: large, parts: 3)
    digest.partCRC64 = (1...3).map { CRC64Checksum(UInt64($0)) }
    rig.machine.hashed(1, .hashed(digest), at: rig.moment)
    return rig
  }

  private static let unknown = ChecksumPolicy(setting: .auto, place: "here")

  private func findings(_ actions: [DeliveryAction]) -> [Bool] {
    actions.changes.compactMap { if case .checksumFound(let finding) = $0 { finding.keepsCRC64 } else { nil } }
  }

  @Test(
    "the setting, the endpoint and what was found out decide",
    arguments: [
      (UploadChecksum.sha256, true, Bool?.none, ChecksumAlgorithm.sha256), (.crc64nvme, false, nil, .crc64nvme),
      (.crc64nvme, false, false, .crc64nvme), (.auto, true, nil, .crc64nvme), (.auto, true, false, .crc64nvme),
      (.auto, false, nil, .crc64nvme), (.auto, false, true, .crc64nvme), (.auto, false, false, .sha256),
    ])
  func policy(_ setting: UploadChecksum, _ isAmazons: Bool, _ found: Bool?, _ algorithm: ChecksumAlgorithm) {
    var policy = ChecksumPolicy(setting: setting, place: "here", isAmazons: isAmazons)
    policy.recall(ChecksumFinding(place: "elsewhere", keepsCRC64: false))
    policy.recall(found.map { ChecksumFinding(place: "here", keepsCRC64: $0) } ?? policy.finding)
    #expect(policy.algorithm == algorithm)
    #expect(policy.isOnTrial == (setting == .auto && !isAmazons && found == nil))
  }

  @Test("the upload goes on with what it was begun with, and shows at its end that the server keeps it")
  func kept() {
    var rig = rig(Self.unknown)
    #expect(rig.settle().requests == [.createMultipart(1)] && rig.machine.active[1]?.checksum == .crc64nvme)
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    let begun = JournalChange.multipartBegan(
      number: 1, uploadID: "u", partSize: MachineRig.partSize, checksum: .crc64nvme)
    #expect(rig.settle().changes.contains(begun))
    for part in 1...3 {
      rig.machine.partAnswered(1, part: part, .success(Self.part(part, crc64: true)), at: rig.moment)
      _ = rig.settle()
    }
    let object = ObjectAcknowledgement(etag: "e", versionID: nil, crc64: CRC64Checksum(9))
    rig.machine.multipartCompleted(1, .success(object), at: rig.moment)
    let actions = rig.settle()
    #expect(findings(actions) == [true] && rig.machine.checksums.isCertain)
    #expect(rig.machine.active[1]?.delivery.receipt?.crc64 == CRC64Checksum(9))
  }

  @Test("a server that refuses to begin such an upload is asked for another at once")
  func refused() {
    var rig = rig(Self.unknown)
    _ = rig.settle()
    rig.machine.multipartCreated(1, .failure(Self.refusal("InvalidRequest")), at: rig.moment)
    let actions = rig.settle()
    #expect(findings(actions) == [false] && actions.requests == [.createMultipart(1)])
    #expect(rig.machine.active[1]?.checksum == .sha256)
  }

  @Test("an upload whose parts are not verified is begun anew, and no attempt has failed")
  func passedOver() {
    var rig = rig(Self.unknown)
    _ = rig.settle()
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    #expect(rig.settle().parts == [1, 2])
    rig.machine.partAnswered(1, part: 1, .failure(Self.notKept), at: rig.moment)
    #expect(rig.settle().isEmpty, "the other part is under way")
    rig.machine.partAnswered(1, part: 2, .failure(Self.notKept), at: rig.moment)
    let actions = rig.settle()
    #expect(findings(actions) == [false])
    #expect(actions.contains(.abortMultipart(1, uploadID: "u")))
    #expect(actions.changes.contains(.multipartForgotten(number: 1)))
    #expect(!actions.changes.contains { if case .failed = $0 { true } else { false } })
    #expect(actions.requests == [.createMultipart(1)] && rig.machine.active[1]?.checksum == .sha256)
    rig.machine.multipartCreated(1, .success("v"), at: rig.moment)
    #expect(rig.settle().parts == [1, 2])
    #expect(rig.machine.s3.opening == nil, "nothing is wrong with the service")
  }

  @Test("where the settings demand it, or AWS answers, a part that is not verified fails the attempt")
  func demanded() {
    for policy in [
      ChecksumPolicy(setting: .crc64nvme, place: "here"),
      ChecksumPolicy(setting: .auto, place: "here", isAmazons: true),
    ] {
      var rig = rig(policy)
      _ = rig.settle()
      rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
      _ = rig.settle()
      for part in 1...2 { rig.machine.partAnswered(1, part: part, .failure(Self.notKept), at: rig.moment) }
      let actions = rig.settle()
      #expect(findings(actions).isEmpty)
      #expect(actions.changes.contains { if case .failed(1, _, _, _) = $0 { true } else { false } })
    }
  }

  @Test("a completion without the whole object's checksum shows that it is not kept; the object is there")
  func onlyParts() {
    var rig = rig(Self.unknown)
    _ = rig.settle()
    rig.machine.multipartCreated(1, .success("u"), at: rig.moment)
    _ = rig.settle()
    for part in 1...3 {
      rig.machine.partAnswered(1, part: part, .success(Self.part(part, crc64: true)), at: rig.moment)
      _ = rig.settle()
    }
    rig.machine.multipartCompleted(1, .success(MachineRig.object), at: rig.moment)
    let actions = rig.settle()
    #expect(findings(actions) == [false] && actions.requests == [.putRecord(1)])
    #expect(rig.machine.checksums.algorithm == .sha256)
  }

  @Test("what was found out about a server stays while the endpoint and the bucket do")
  func reload() {
    var rig = rig(Self.unknown)
    rig.machine.checksums.recall(ChecksumFinding(place: "here", keepsCRC64: false))
    rig.machine.settings.partConcurrency = 3
    #expect(rig.machine.checksums.algorithm == .sha256)
    rig.machine.settings.checksums.place = "there"
    #expect(rig.machine.checksums.isOnTrial)
  }
}
