import AWSSigning
import Testing

@Suite("CRC-32")
struct CRC32Tests {
  @Test(
    "CRC-32 gives the published values, and that of DynamoDB's empty answer",
    arguments: [
      ("", 0), ("123456789", 0xcbf4_3926), ("The quick brown fox jumps over the lazy dog", 0x414f_a339),
      ("{}", 2_745_614_147),
    ])
  func crc32(text: String, checksum: UInt32) {
    #expect(CRC32.checksum(of: text.utf8) == checksum)
  }
}
