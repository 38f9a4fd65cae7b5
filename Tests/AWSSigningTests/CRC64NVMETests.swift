import DeliveryModel
import TestSupport
import Testing

@testable import AWSSigning

@Suite("CRC-64/NVME")
struct CRC64NVMETests {
  /// One bit after the other, as the standard defines it.
  private static func bitwise(_ bytes: some Sequence<UInt8>) -> CRC64Checksum {
    CRC64Checksum(
      ~bytes.reduce(UInt64.max) { remainder, byte in
        (0..<8).reduce(remainder ^ UInt64(byte)) { value, _ in
          value & 1 == 1 ? value >> 1 ^ 0x9a6c_9329_ac4b_c9b5 : value >> 1
        }
      })
  }

  private static func portable(_ bytes: [UInt8]) -> CRC64Checksum {
    bytes.withUnsafeBytes { CRC64NVME.portableChecksum(of: $0, after: CRC64Checksum(0)) }
  }

  private static func noise(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  private struct Published: Sendable, CustomStringConvertible {
    let description: String
    let bytes: [UInt8]
    let value: UInt64
  }

  /// The check value of the catalogue of parametrised CRCs, and the four test cases of the NVM Express specification.
  private static let known = [
    Published(description: "digits", bytes: Array("123456789".utf8), value: 0xae8b_1486_0a79_9888),
    Published(description: "nothing", bytes: [], value: 0),
    Published(description: "zeros", bytes: [UInt8](repeating: 0, count: 4096), value: 0x6482_d367_eb22_b64e),
    Published(description: "ones", bytes: [UInt8](repeating: 0xff, count: 4096), value: 0xc0dd_ba73_02ec_a3ac),
    Published(
      description: "upwards", bytes: (0..<4096).map { UInt8(truncatingIfNeeded: $0) }, value: 0x3e72_9f5f_6750_449c),
    Published(
      description: "downwards", bytes: (0..<4096).map { ~UInt8(truncatingIfNeeded: $0) }, value: 0x9a2d_f64b_8e9e_517e),
  ]

  @Test("the published values")
  func published() {
    for known in Self.known {
      #expect(CRC64NVME.checksum(of: known.bytes).value == known.value, "\(known)")
      #expect(Self.portable(known.bytes).value == known.value, "\(known)")
      #expect(Self.bitwise(known.bytes).value == known.value, "\(known)")
    }
  }

  @Test("both ways agree with the definition for every short length, wherever the bytes lie")
  func lengthsAndAlignments() {
    var generator = SeededGenerator(seed: 1)
    let bytes = Self.noise(600, &generator)
    for length in 0...560 {
      let start = length % 17
      let piece = Array(bytes[start..<start + length])
      let expected = Self.bitwise(piece)
      let seen = bytes.withUnsafeBytes { buffer -> (CRC64Checksum, CRC64Checksum) in
        let slice = UnsafeRawBufferPointer(rebasing: buffer[start..<start + length])
        var crc = CRC64NVME()
        crc.update(slice)
        return (crc.checksum, CRC64NVME.portableChecksum(of: slice, after: CRC64Checksum(0)))
      }
      #expect(seen.0 == expected && seen.1 == expected, "\(length) bytes")
    }
  }

  @Test("any way of cutting the content gives the same, piece by piece and combined")
  func splits() {
    for seed in UInt64(0)..<200 {
      var generator = SeededGenerator(seed: seed)
      let bytes = Self.noise(Int.random(in: 0...5000, using: &generator), &generator)
      let whole = CRC64NVME.checksum(of: bytes)
      #expect(Self.portable(bytes) == whole)
      var (running, parts, start) = (CRC64NVME(), [(checksum: CRC64Checksum, length: Int64)](), 0)
      while start < bytes.count {
        let end = Int.random(in: start...bytes.count, using: &generator)
        let piece = Array(bytes[start..<end])
        piece.withUnsafeBytes { running.update($0) }
        parts.append((CRC64NVME.checksum(of: piece), Int64(piece.count)))
        start = end
      }
      #expect(running.checksum == whole && CRC64NVME.combined(parts) == whole, "seed \(seed)")
    }
  }

  @Test("it is written in 8 bytes, the highest first")
  func bytes() {
    let checksum = CRC64Checksum(0xae8b_1486_0a79_9888)
    #expect(checksum.bytes == [0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88])
    #expect(CRC64Checksum(bytes: checksum.bytes) == checksum && CRC64Checksum(bytes: [1, 2]) == nil)
    #expect(PartChecksum(bytes: checksum.bytes) == .crc64nvme(checksum))
  }
}
