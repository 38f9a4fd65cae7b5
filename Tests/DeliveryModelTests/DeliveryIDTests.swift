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
    let arrivals = try (0..<2 as Range<UInt8>).map { try #require(ArrivalID(bytes: [UInt8](repeating: $0, count: 16))) }
    let preimages = [
      make("in", "a/b", .digest(zero)), make("in", "a/b", .digest(one)), make("in", "a/c", .digest(zero)),
      make("out", "a/b", .digest(zero)), make("ina", "/b", .digest(zero)), make("i", "na/b", .digest(zero)),
      make("in", "a/b", .digest(zero), arrivals[0]), make("in", "a/b", .digest(zero), arrivals[1]),
      make("in", "a/b", .unread(modified: 1, size: 2)), make("in", "a/b", .unread(modified: 2, size: 2)),
      make("in", "a/b", .unread(modified: 1, size: 3)), make("in", "a/b", .unread(modified: 1, size: 2), arrivals[0]),
    ]
    #expect(Set(preimages).count == preimages.count)
    #expect(preimages.allSatisfy { $0.starts(with: "s3loggerd/2".utf8) || $0.starts(with: "s3loggerd/unread".utf8) })
  }

  @Test("what version 1.0.0 made of a file is made of it for ever")
  func former() throws {
    let content = try #require(SHA256Digest(bytes: Array(0..<32)))
    let bytes = DeliveryID.formerPreimage(
      folder: "in", path: RelativePath(unchecked: Array("a/b".utf8)), modified: 1, content: content)
    let expected =
      Array("s3loggerd/1".utf8) + [0, 0, 0, 0, 0, 0, 0, 2] + Array("in".utf8) + [0, 0, 0, 0, 0, 0, 0, 3]
      + Array("a/b".utf8) + [0, 0, 0, 0, 0, 0, 0, 1] + Array(0..<32)
    #expect(bytes == expected)
  }

  @Test("an arrival is written in 26 characters of base32")
  func arrivals() throws {
    let text = { (bytes: [UInt8]) in ArrivalID(bytes: bytes)?.text }
    #expect(text([UInt8](repeating: 0, count: 16)) == String(repeating: "a", count: 26))
    #expect(text([UInt8](repeating: 0xff, count: 16)) == String(repeating: "7", count: 25) + "4")
    #expect(text(Array("foobarfoobarfoob".utf8)) == "mzxw6ytbojtg633cmfzgm33pmi")
    #expect(text([1, 2, 3]) == nil)
  }

  private func make(
    _ folder: String, _ path: String, _ content: DeliveryID.Content, _ arrival: ArrivalID? = nil
  ) -> [UInt8] {
    DeliveryID.preimage(
      folder: folder, path: RelativePath(unchecked: Array(path.utf8)), content: content, arrival: arrival)
  }
}
