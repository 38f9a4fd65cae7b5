import Testing

@testable import DaemonConfiguration

@Suite("Text and places")
struct TextTests {
  @Test(
    "what is no text is refused with its place",
    arguments: [
      ([0xef, 0xbb, 0xbf, 0x61], "f:1:1: begins with a byte order mark; save it as UTF-8 without one"),
      (Array("a = 1\nb = \"è".utf8) + [0], "f:2:7: holds a NUL byte; remove it"),
      (Array("a = 1\nè = \"".utf8) + [0xff, 0x61], "f:2:6: is not UTF-8 here; save it as UTF-8"),
      ([0xc3], "f:1:1: is not UTF-8 here; save it as UTF-8"),
      (Array("a = \"x\\u0000y\"".utf8), "f:1:7: holds an escaped NUL; remove it"),
      (
        [UInt8](repeating: 0x0a, count: (1 << 20) + 1),
        "f:1:1: is larger than 1 MiB, so it is no configuration; name the right file"
      ),
    ] as [([UInt8], String)])
  func refused(bytes: [UInt8], expected: String) {
    let outcome = ConfigurationLoader.parse(bytes, file: "f", environment: [:], folders: .none)
    #expect(outcome.configuration == nil)
    #expect(outcome.diagnostics.map(\.description) == [expected])
  }

  @Test("deep nesting is refused before the parser sees it", arguments: ["a = ", "[", "a."])
  func deep(kind: String) {
    let text =
      switch kind {
      case "[": "[" + String(repeating: "a.", count: 100_000) + "a]"
      case "a.": String(repeating: "a.", count: 100_000) + "a = 1"
      default: "a = " + String(repeating: "[", count: 100_000)
      }
    let outcome = ConfigurationFixture.parse(text)
    #expect(outcome.diagnostics.map(\.message) == ["is nested deeper than any configuration"])
  }

  @Test("a header without a name is refused before the parser sees it", arguments: ["[=]", "[[,]]", "[", "[ #"])
  func headers(text: String) {
    let outcome = ConfigurationFixture.parse("a = 1\n" + text)
    #expect(
      outcome.diagnostics.map(\.description) == [
        "config.toml:2:1: is not valid TOML: a table's name is missing; write [name] or [[name]]"
      ])
  }

  @Test("lines may end in CR LF, and columns count characters")
  func lineEnds() {
    let text = "[aws]\r\nregion = \"x\" # è\r\n\"bucket\" = \"è\"\r\n"
    let outcome = ConfigurationFixture.parse(text)
    #expect(
      outcome.diagnostics.map { "\($0.line):\($0.column) \($0.key)" } == [
        "1:1 aws.table", "1:1 folder", "2:1 aws.region", "3:1 aws.bucket",
      ])
  }

  @Test("keys are found in every way TOML writes them")
  func locator() {
    let text = """
      top = 1 # top2 = 2
      a.b . "c d" = { x = [1, { y = 2 }], 'z' = '''
      fake = 1 ''''', w = "\\"]}" }
      [[list]]
      k = \"""
      [list] \\\"""
      \"""
      [list.sub]
      k = 'C:\\'
      [[list]]
      k = [ # remark ]
        1,
        [2, "]"],
      ]
        [[list.inner]]
        k = 1
        [[list.inner]]
        k = 2
      """
    let positions = TOMLKeyLocator(text: Array(text.utf8)).positions.mapValues { "\($0.line):\($0.column)" }
    let expected = [
      "top": "1:1", "a": "2:1", "a.b": "2:3", "a.b.\"c d\"": "2:7", "a.b.\"c d\".x": "2:17", "a.b.\"c d\".x[2]": "2:25",
      "a.b.\"c d\".x[2].y": "2:27", "a.b.\"c d\".z": "2:37", "a.b.\"c d\".w": "3:17", "list": "4:1", "list[1]": "4:1",
      "list[1].k": "5:1", "list[1].sub": "8:1", "list[1].sub.k": "9:1", "list[2]": "10:1", "list[2].k": "11:1",
      "list[2].k[1]": "12:3", "list[2].k[2]": "13:3", "list[2].k[2][2]": "13:7", "list[2].inner[1].k": "16:3",
      "list[2].inner[2]": "17:3", "list[2].inner[2].k": "18:3",
    ]
    for (key, place) in expected { #expect(positions[key] == place, "\(key)") }
    #expect(!positions.keys.contains { $0.contains("fake") || $0.contains("top2") })
    #expect(positions.count == expected.count + 4)
  }

  @Test(
    "a value that no key takes is refused before the parser sees it",
    arguments: [
      ("", "no value"), ("}", "no value"), ("[}]", "no value"), ("[1,\u{2028}]", "no value that a key takes"),
      ("_", "no value that a key takes"), ("2026-11-24 1 ", "no value that a key takes"),
      ("1.5", "no value that a key takes"), ("10:", "no value that a key takes"), ("yes", "no value that a key takes"),
    ])
  func values(text: String, expected: String) {
    let outcome = ConfigurationFixture.parse("a = " + text)
    #expect(
      outcome.diagnostics.map(\.message) == [
        expected + " begins here; write text in quotes, a whole number, true or false"
      ])
  }

  @Test(
    "any text is read to an end, without a crash and without a configuration",
    arguments: [
      "[ ] [[ ]] { } = . , \" ' \"\"\" \'\'\' \\ # \n \r a aws 1 è true folder \u{1} \u{2028} \u{a0} \u{0b}",
      "a= b=[ [ ] { , 0 1 2026-11-24 T t 10:30 :00 .5 + - _ 0x 0b 0o e E Z inf nan f true \n \u{85} # \u{a0}",
    ])
  func anyText(pieces: String) {
    let pieces = pieces.split(separator: " ").map(String.init) + [" "]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<800 {
      let count = Int.random(in: 0...16, using: &generator)
      let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
      let outcome = ConfigurationFixture.parse(text)
      #expect(outcome.configuration == nil && !outcome.diagnostics.isEmpty, "\(text.debugDescription)")
    }
  }
}
