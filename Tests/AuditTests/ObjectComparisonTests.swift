import DaemonConfiguration
import DeliveryModel
import TestFixtures
import Testing

@testable import AWSClients
@testable import Audit

@Suite("An object compared with its record")
struct ObjectComparisonTests {
  private static let checksum = CRC64Checksum(0xae8b_1486_0a79_9888).base64

  private func differences(_ recorded: String?, _ stored: String?) throws -> [String] {
    var attributes: [String: StoredRecord.Value] = ["size": .number("9"), "sha256": .text("")]
    if let recorded { attributes["checksum_crc64nvme"] = .text(recorded) }
    let object = StoredObject(size: 9, etag: "e-2", crc64: stored)
    let comparison = ObjectComparison(
      record: StoredRecord(attributes: attributes), object: object,
      expected: try Fixture.configuration("/srv/inbox").upload)
    return comparison.differences
  }

  @Test("the CRC-64/NVME of the whole object is compared where the record has it and S3 keeps it")
  func crc64() throws {
    #expect(try differences(Self.checksum, Self.checksum).isEmpty)
    #expect(try differences(nil, Self.checksum).isEmpty && differences(Self.checksum, nil).isEmpty)
    let found = try differences(Self.checksum, CRC64Checksum(1).base64)
    #expect(found == ["S3's CRC-64/NVME is AAAAAAAAAAE=, recorded is rosUhgp5mIg="])
  }
}
