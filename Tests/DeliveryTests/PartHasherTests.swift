import AWSSigning
import Cryptography
import DeliveryModel
import Testing

@testable import Delivery

struct PartHasherTests {
  @Test(
    "the parts' digests are those of the parts hashed one by one, however the bytes arrive",
    arguments: [1, 7, 64, 100, 1000], [1, 99, 100, 101, 250, 300])
  func parts(chunk: Int, size: Int) {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let partSize = 100
    guard var hasher = PartHasher(partSize: Int64(partSize)) else {
      Issue.record("no hasher")
      return
    }
    for start in stride(from: 0, to: size, by: chunk) {
      bytes[start..<min(start + chunk, size)].withUnsafeBytes { hasher.update($0) }
    }
    let expected = stride(from: 0, to: size, by: partSize).map {
      SHA256.digest(of: Array(bytes[$0..<min($0 + partSize, size)]))
    }
    let digests = hasher.finish()
    #expect(digests.sha256 == expected && digests.md5 == [])
  }

  @Test("with MD5, each part has that too: the published digests of `a`, `bc` and nothing")
  func md5() {
    guard var hasher = PartHasher(partSize: 2, withMD5: true) else {
      Issue.record("no hasher")
      return
    }
    for text in ["b", "ca"] { Array(text.utf8).withUnsafeBytes { hasher.update($0) } }
    let digests = hasher.finish()
    #expect(
      digests.md5.map(\.hex) == ["5360af35bde9ebd8f01f492dc059593c", "0cc175b9c0f1b6a831c399e269772661"])
    let empty = PartHasher.MD5(wanted: true).finish()
    #expect(empty.map(\.hex) == ["d41d8cd98f00b204e9800998ecf8427e"])
  }

  @Test("with CRC-64/NVME, each part has its own, which make that of the whole")
  func crc64() {
    guard var hasher = PartHasher(partSize: 100, withCRC64: true) else {
      Issue.record("no hasher")
      return
    }
    let bytes = (0..<250).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for start in stride(from: 0, to: 250, by: 70) {
      bytes[start..<min(start + 70, 250)].withUnsafeBytes { hasher.update($0) }
    }
    let found = hasher.finish().crc64
    let parts = [bytes[..<100], bytes[100..<200], bytes[200...]].map(Array.init)
    #expect(found == parts.map { CRC64NVME.checksum(of: $0) })
    let lengths = zip(found, parts).map { (checksum: $0, length: Int64($1.count)) }
    #expect(CRC64NVME.combined(lengths) == CRC64NVME.checksum(of: bytes))
  }

  @Test("no bytes have no parts, and a file that goes whole has no part hasher")
  func none() {
    let none = PartHasher(partSize: 100)?.finish()
    #expect(none?.sha256 == [])
    for size in [nil, 0, -1] as [Int64?] {
      if PartHasher(partSize: size) != nil { Issue.record("a hasher for parts of \(String(describing: size))") }
    }
  }
}
