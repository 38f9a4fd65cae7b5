import TestSupport
import Testing

@testable import DeliveryModel

@Suite("ObjectKeyEncoding")
struct ObjectKeyEncodingTests {
  @Test(
    "only what XML cannot hold, control characters, bytes that are not UTF-8 and an ambiguous % are encoded",
    arguments: [
      (Array("a b+&=;é/😀".utf8), "a b+&=;é/😀"), (Array("100% sure".utf8), "100% sure"), (Array("100%".utf8), "100%"),
      (Array("%41".utf8), "%2541"), (Array("%aF".utf8), "%25aF"), (Array("%4g".utf8), "%4g"),
      (Array("%%41".utf8), "%%2541"),
      ([0x0a], "%0A"), ([0x7f], "%7F"), ([0xc2, 0x85], "%C2%85"), ([0x61, 0xff], "a%FF"), ([0xc3], "%C3"),
      ([0xed, 0xa0, 0x80], "%ED%A0%80"), ([0xe2, 0x82, 0xac], "€"),
      ([0xef, 0xbf, 0xbe], "%EF%BF%BE"), ([0x61, 0xef, 0xbf, 0xbf], "a%EF%BF%BF"), ([0xef, 0xbf, 0xbd], "\u{FFFD}"),
      ([0x25, 0x34, 0x01], "%4%01"),
    ] as [([UInt8], String)])
  func encoding(bytes: [UInt8], expected: String) {
    #expect(ObjectKeyEncoding.encode(bytes) == expected)
  }

  @Test("twins in NFC and NFD stay apart")
  func normalization() {
    let composed = ObjectKeyEncoding.encode("caf\u{e9}".utf8)
    let decomposed = ObjectKeyEncoding.encode("cafe\u{301}".utf8)
    #expect(Array(composed.utf8) == Array("caf\u{e9}".utf8))
    #expect(Array(decomposed.utf8) == Array("cafe\u{301}".utf8))
    #expect(!composed.utf8.elementsEqual(decomposed.utf8))
  }

  @Test(
    "undoing every %XX gives the name back, so that two names never share a key",
    arguments: [
      Array(UInt8.min...UInt8.max), Array("%%%0149afAF/x".utf8) + [0x01, 0x80, 0xc2, 0xff],
      [0x25, 0x34, 0x31, 0xc2, 0x80, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0x0a],
    ] as [[UInt8]])
  func injective(alphabet: [UInt8]) {
    var generator = SeededGenerator(seed: 42)
    for _ in 0..<20_000 {
      let bytes = generator.bytes(upTo: 12, from: alphabet)
      let key = ObjectKeyEncoding.encode(bytes)
      guard decode(key) == bytes else {
        Issue.record("\(bytes) became \(key)")
        return
      }
    }
  }

  private func decode(_ key: String) -> [UInt8] {
    var result = [UInt8]()
    var rest = Array(key.utf8)[...]
    while let first = rest.first {
      let digits = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
      if first == UInt8(ascii: "%"), digits.utf8.count == 2, let byte = Hexadecimal.decode(digits)?.first {
        result.append(byte)
        rest = rest.dropFirst(3)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
