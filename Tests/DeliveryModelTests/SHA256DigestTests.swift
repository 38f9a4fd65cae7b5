import Testing

@testable import DeliveryModel

@Suite("SHA256Digest and FileIdentity")
struct SHA256DigestTests {
  @Test("holds 32 bytes in their order and no other number")
  func bytes() throws {
    let digest = try #require(SHA256Digest(bytes: Array(0..<32)))
    #expect(digest.bytes == Array(0..<32))
    #expect(digest.hex.hasPrefix("000102"))
    #expect(SHA256Digest(bytes: Array(0..<31)) == nil)
    #expect(SHA256Digest(bytes: Array(0..<33)) == nil)
  }

  @Test("differs where any byte differs", arguments: 0..<32)
  func difference(index: Int) throws {
    var bytes = [UInt8](repeating: 7, count: 32)
    let digest = try #require(SHA256Digest(bytes: bytes))
    bytes[index] = 8
    #expect(try #require(SHA256Digest(bytes: bytes)) != digest)
  }

  @Test("identities of one state match, and an unknown generation matches any")
  func identity() {
    let known = FileIdentity(device: 1, inode: 2, size: 3, modified: 4, changed: 5, generation: 6)
    var other = known
    other.generation = 0
    #expect(known.matches(other) && other.matches(known))
    other.generation = 7
    #expect(!known.matches(other))
    for path in [\FileIdentity.size, \.modified, \.changed] {
      var changed = known
      changed[keyPath: path] += 1
      #expect(!known.matches(changed))
    }
    var changed = known
    changed.inode += 1
    #expect(!known.matches(changed))
    changed.inode = 0
    #expect(known.matches(changed), "an inode number that does not last tells nothing")
  }

  @Test("the same disk under another number, as after a restart of the machine, has the same files")
  func otherDevice() {
    let known = FileIdentity(device: 1, inode: 2, size: 3, modified: 4, changed: 5, generation: 6)
    var other = known
    other.device = 9
    #expect(known.matches(other))
  }
}
