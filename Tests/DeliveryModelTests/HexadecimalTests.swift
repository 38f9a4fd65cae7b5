import Testing

@testable import DeliveryModel

@Suite("Hexadecimal")
struct HexadecimalTests {
  @Test("all bytes survive the way there and back")
  func roundTrip() {
    let bytes = Array(UInt8.min...UInt8.max)
    let text = Hexadecimal.encode(bytes)
    #expect(text.hasPrefix("000102030405060708090a0b0c0d0e0f10"))
    #expect(text.utf8.count == 512)
    #expect(Hexadecimal.decode(text) == bytes)
    #expect(Hexadecimal.decode(text.uppercased()) == bytes)
    #expect(Hexadecimal.encode([]) == "")
    #expect(Hexadecimal.decode("") == [])
  }

  @Test("what is not an even number of digits is refused", arguments: ["0", "abc", "0g", "g0", " 0", "0x", "à", "--"])
  func refused(text: String) {
    #expect(Hexadecimal.decode(text) == nil)
  }
}
