import AWSSigning
import DeliveryModel
import Testing

@testable import Daemon

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
    #expect(digests == expected)
  }

  @Test("no bytes have no parts, and a file that goes whole has no part hasher")
  func none() {
    let none = PartHasher(partSize: 100)?.finish()
    #expect(none == [])
    for size in [nil, 0, -1] as [Int64?] {
      if PartHasher(partSize: size) != nil { Issue.record("a hasher for parts of \(String(describing: size))") }
    }
  }
}
