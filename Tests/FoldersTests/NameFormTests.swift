import DeliveryModel
import Testing

@testable import Folders

@Suite("Case and Unicode's form in include and exclude")
struct NameFormTests {
  private func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  private func rules(include: [String] = [], exclude: [String] = [], caseSensitive: Bool? = nil) -> NameRules {
    NameRules(
      WatchedFolder(name: "f", path: "/f", include: include, exclude: exclude, caseSensitive: caseSensitive))
  }

  /// As a Mac writes it.
  private static let decomposed = "Entwu\u{308}rfe"
  private static let composed = "Entw\u{fc}rfe"

  @Test("include takes a name whatever its case and form, unless the folder says not to")
  func include() {
    let list = ["*.pdf", "\(Self.composed)/**", "[A-C]*.TXT", "stra\u{df}e*"]
    let loose = rules(include: list)
    for name in [
      "SCAN0001.PDF", "a.Pdf", "\(Self.decomposed)/a.doc", "\(Self.composed)/a.doc", "b1.txt", "B1.txt",
      "STRA\u{df}E 1",
    ] {
      #expect(loose.judge(file: path(name)) == .take, "\(name)")
    }
    #expect(loose.judge(file: path("d1.txt")) == .ignore(.notIncluded))
    #expect(loose.judge(file: path("strasse")) == .ignore(.notIncluded))
    let exact = rules(include: list, caseSensitive: true)
    #expect(exact.judge(file: path("a.pdf")) == .take)
    for name in ["SCAN0001.PDF", "\(Self.decomposed)/a.doc", "b1.txt"] {
      #expect(exact.judge(file: path(name)) == .ignore(.notIncluded), "\(name)")
    }
  }

  @Test("exclude goes on as it was unless the folder says otherwise")
  func exclude() {
    let list = ["*.bak", "\(Self.composed)/**"]
    for setting in [nil, true] {
      let exact = rules(exclude: list, caseSensitive: setting)
      #expect(exact.judge(file: path("a.bak")) == .ignore(.excluded))
      #expect(exact.judge(file: path("a.BAK")) == .take)
      #expect(exact.judge(file: path("\(Self.decomposed)/a")) == .take)
      #expect(exact.escapesExclude(path("a.BAK")) && exact.escapesExclude(path("\(Self.decomposed)/a")))
      #expect(!exact.escapesExclude(path("a.bak")) && !exact.escapesExclude(path("a.pdf")))
    }
    let loose = rules(exclude: list, caseSensitive: false)
    #expect(loose.judge(file: path("a.BAK")) == .ignore(.excluded))
    #expect(loose.judge(file: path("\(Self.decomposed)/a")) == .ignore(.excluded))
    #expect(!loose.escapesExclude(path("a.BAK")))
  }

  @Test("what a name matched byte by byte it still matches")
  func nothingStops() {
    // A pattern that a decomposed name matched only because its accent is a character of its own.
    #expect(rules(include: ["????????e"]).judge(file: path(Self.decomposed)) == .take)
    #expect(rules(include: ["[!a-z]*"]).judge(file: path("A")) == .take)
  }

  @Test("bytes that are not UTF-8 are compared as bytes, the text around them as text")
  func invalid() {
    let name = RelativePath(unchecked: [0xff] + Array("E\u{301}.PDF".utf8) + [0xc3])
    #expect(FoldedName.fold(name.bytes) == [0xff] + Array("\u{c9}.pdf".utf8) + [0xc3])
    #expect(rules(include: ["*.pdf*"]).judge(file: name) == .take)
    #expect(rules(include: ["\u{ff}*"]).judge(file: name) == .ignore(.notIncluded))
    #expect(FoldedName.fold([0x80, 0xed, 0xa0, 0x80, 0xf5]) == [0x80, 0xed, 0xa0, 0x80, 0xf5])
    #expect(FoldedName.fold([UInt8]()).isEmpty)
  }

  @Test(
    "canonically equal names fold to the same, as Unicode defines it",
    arguments: [
      ("\u{1e9b}\u{323}", "\u{17f}\u{323}\u{307}"), ("\u{ac00}", "\u{1100}\u{1161}"), ("\u{212b}", "\u{c5}"),
      ("q\u{307}\u{323}", "q\u{323}\u{307}"), ("\u{1f71}", "\u{3ac}"), ("\u{958}", "\u{915}\u{93c}"),
      ("A\u{30a}", "\u{c5}"),
      ("\u{2126}", "\u{3a9}"), ("\u{1d15e}", "\u{1d157}\u{1d165}"),
    ])
  func canonical(one: String, other: String) {
    #expect(FoldedName.fold(Array(one.utf8)) == FoldedName.fold(Array(other.utf8)))
    #expect(Array(one.utf8) != Array(other.utf8))
  }

  @Test("names that only look alike do not")
  func compatible() {
    for (one, other) in [
      ("\u{fb01}", "fi"), ("\u{b2}", "2"), ("\u{df}", "ss"), ("\u{c9}", "\u{e9}"), ("a\u{200b}", "a"),
    ] {
      #expect(FoldedName.fold(Array(one.utf8)) != FoldedName.fold(Array(other.utf8)))
    }
  }

  @Test("what the administrator names is no leftover, and what is in the way is reported")
  func obstacles() throws {
    let rules = NameRules(
      WatchedFolder(
        name: "f", path: "/f", recursive: true, include: ["*.pdf*", "*.tmp"], exclude: ["old/**", "*.bak", "x.tmp"],
        reserved: [path("_sent")]))
    #expect(rules.obstacle(to: path("a.pdf")) == nil)
    #expect(rules.obstacle(to: path("a.doc")) == .notIncluded)
    #expect(rules.obstacle(to: path("x.tmp")) == .excluded)
    #expect(rules.judge(file: path("x.tmp")) == .ignore(.excluded))
    #expect(rules.obstacle(to: path("_sent/a.pdf")) == .own)
    #expect(rules.judge(file: path("a.pdf.part")) == .ignore(.temporary))
    guard case .rule(let rule)? = rules.obstacle(to: path("d/a.pdf.part")) else { return #expect(Bool(false)) }
    #expect(rule.pattern == "*.part" && rule.kind == .unfinished)
    guard case .directory(path("d/#recycle"), _)? = rules.obstacle(to: path("d/#recycle/a.pdf")) else {
      return #expect(Bool(false))
    }
    let flat = NameRules(WatchedFolder(name: "f", path: "/f", recursive: false))
    #expect(flat.obstacle(to: path("d/a.pdf")) == .subdirectory)
    let off = NameRules(WatchedFolder(name: "f", path: "/f", ignoreTemporary: false))
    #expect(off.obstacle(to: path("#recycle/a.tmp")) == nil)
  }
}
