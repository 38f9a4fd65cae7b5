import TestSupport
import Testing

@testable import DeliveryModel

@Suite("EscapedText")
struct EscapedTextTests {
  @Test(
    "what could act instead of being read is escaped",
    arguments: [
      ("plain text.pdf", "plain text.pdf"), ("a\nb", "a\\nb"), ("a\rb\t", "a\\rb\\t"), ("\u{1b}[2J", "\\x1b[2J"),
      ("\u{7f}", "\\x7f"), ("back\\slash", "back\\\\slash"), ("\u{202e}fdp.exe", "\\u{202e}fdp.exe"),
      ("\u{200b}", "\\u{200b}"), ("\u{2028}", "\\u{2028}"), ("\u{9b}31m", "\\u{9b}31m"), ("\u{0}", "\\x00"),
      ("perché è così", "perché è così"), ("😀", "😀"), ("", ""),
    ])
  func text(raw: String, expected: String) {
    #expect(EscapedText.escape(raw) == expected)
  }

  @Test(
    "bytes that are not UTF-8 are shown as bytes",
    arguments: [
      ([0xff, 0x61], "\\xffa"), ([0xc3], "\\xc3"), ([0xc0, 0xaf], "\\xc0\\xaf"),
      ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
      ([0x61, 0xc3, 0xa8, 0xe2, 0x82], "aè\\xe2\\x82"), ([0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
    ] as [([UInt8], String)])
  func bytes(raw: [UInt8], expected: String) {
    #expect(EscapedText.escape(raw) == expected)
  }

  @Test("no bytes give a line break, an escape character or the same text as other bytes")
  func property() {
    var generator = SeededGenerator(seed: 1)
    let alphabet: [UInt8] =
      Array(0...0x20) + Array("\\x1bnu{}".utf8) + [0x7f, 0x80, 0x9b, 0xc2, 0xc3, 0xa8, 0xe2, 0xff]
    var origins = [String: [UInt8]]()
    for _ in 0..<20_000 {
      let bytes = generator.bytes(upTo: 6, from: alphabet)
      let text = EscapedText.escape(bytes)
      #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f })
      #expect(origins.updateValue(bytes, forKey: text) ?? bytes == bytes)
    }
  }
}
