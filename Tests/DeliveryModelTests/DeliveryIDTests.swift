import Testing

@testable import DeliveryModel

@Suite("DeliveryID")
struct DeliveryIDTests {
  @Test(
    "is a UUID of version 8 and the RFC 9562 variant, whatever the digest", arguments: [0x00, 0xff, 0x5a] as [UInt8])
  func shape(byte: UInt8) throws {
    let digest = try #require(SHA256Digest(bytes: [UInt8](repeating: byte, count: 32)))
    let text = DeliveryID(digest: digest).text
    let groups = text.split(separator: "-")
    #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
    #expect(groups[2].first == "8")
    #expect(["8", "9", "a", "b"].contains(groups[3].first))
    #expect(text == text.lowercased())
  }

  @Test("keeps the digest's first bytes but for six fixed bits")
  func bytes() throws {
    let digest = try #require(SHA256Digest(bytes: Array(0..<32)))
    #expect(DeliveryID(digest: digest).text == "00010203-0405-8607-8809-0a0b0c0d0e0f")
    #expect(DeliveryID(bytes: DeliveryID(digest: digest).bytes) == DeliveryID(digest: digest))
    #expect(DeliveryID(bytes: [1, 2, 3]) == nil)
  }

  @Test("each field changes the preimage, and no field can pass for another")
  func preimage() throws {
    let zero = try #require(SHA256Digest(bytes: [UInt8](repeating: 0, count: 32)))
    let one = try #require(SHA256Digest(bytes: [UInt8](repeating: 1, count: 32)))
    let preimages = [
      make("in", "a/b", 1, zero), make("in", "a/b", 2, zero), make("in", "a/b", 1, one), make("in", "a/c", 1, zero),
      make("out", "a/b", 1, zero), make("ina", "/b", 1, zero), make("i", "na/b", 1, zero), make("in", "a/b", -1, zero),
    ]
    #expect(Set(preimages).count == preimages.count)
    #expect(preimages.allSatisfy { $0.starts(with: "s3loggerd/1".utf8) })
  }

  private func make(_ folder: String, _ path: String, _ modified: Int64, _ content: SHA256Digest) -> [UInt8] {
    DeliveryID.preimage(
      folder: folder, path: RelativePath(unchecked: Array(path.utf8)), modified: modified, content: content)
  }
}
