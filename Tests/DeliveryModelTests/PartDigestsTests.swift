import DeliveryModel
import Testing

struct PartDigestsTests {
  private func digest(_ number: UInt64) -> SHA256Digest { SHA256Digest(words: (number, 1, 2, 3)) }

  private func parts(_ count: UInt64, md5: Int = 0) -> PartDigests {
    PartDigests(
      whole: digest(99), partSize: 10, parts: (0..<count).map(digest),
      md5: (0..<md5).map { [UInt8](repeating: UInt8($0), count: 16) })
  }

  @Test("they come back from the journal as they were", arguments: [(0, 0), (1, 1), (3, 3), (3, 0)])
  func packing(count: Int, md5: Int) throws {
    let digests = parts(UInt64(count), md5: md5)
    let read = PartDigests(
      whole: digests.whole, partSize: 10, packedParts: digests.packedParts, packedMD5: digests.packedMD5)
    #expect(read == digests)
  }

  @Test("bytes that are no row of digests are none", arguments: [(31, 0), (33, 0), (32, 15), (0, 17)])
  func broken(parts: Int, md5: Int) {
    let read = PartDigests(
      whole: digest(1), partSize: 10, packedParts: [UInt8](repeating: 0, count: parts),
      packedMD5: [UInt8](repeating: 0, count: md5))
    #expect(read == nil)
  }

  @Test("they count only for all parts of the very size, and with an MD5 each where those are wanted")
  func covering() {
    #expect(parts(3).cover(size: 30, partSize: 10, withMD5: false))
    #expect(parts(3).cover(size: 21, partSize: 10, withMD5: false))
    #expect(!parts(3).cover(size: 31, partSize: 10, withMD5: false))
    #expect(!parts(3).cover(size: 30, partSize: 15, withMD5: false))
    #expect(!parts(3).cover(size: 30, partSize: nil, withMD5: false))
    #expect(
      !parts(3).cover(size: 30, partSize: 10, withMD5: true)
        && !parts(3, md5: 2).cover(size: 30, partSize: 10, withMD5: true))
    #expect(parts(3, md5: 3).cover(size: 30, partSize: 10, withMD5: true))
    let whole = PartDigests(whole: digest(1), partSize: 0, parts: [], md5: [[UInt8](repeating: 1, count: 16)])
    #expect(whole.cover(size: 30, partSize: nil, withMD5: true) && !whole.cover(size: 30, partSize: 10, withMD5: true))
  }
}
