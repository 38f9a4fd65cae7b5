import DeliveryModel
import Testing

@testable import Folders

@Suite("Which names are taken")
struct NamePatternTests {
  @Test(
    "a glob matches",
    arguments: [
      ("*.pdf", "a.pdf"), ("*.pdf", "deep/er/a.pdf"), ("*", "x"), ("?.txt", "è.txt"), ("[a-c]x", "bx"),
      ("[!a-c]x", "dx"), ("a*b*c", "aXbYbZc"), ("in/*.pdf", "in/a.pdf"), ("/a.pdf", "a.pdf"), ("in/", "in/x/y"),
      ("**/x", "x"), ("**/x", "a/b/x"), ("a/**/z", "a/z"), ("a/**/z", "a/b/c/z"), ("a/**", "a/b/c"),
      ("**/b/*.txt", "a/b/b/c.txt"), ("\\*", "*"), ("[", "["), ("a[]]b", "a]b"), ("*a*/**/*b*", "xa/q/qab"),
    ])
  func matches(pattern: String, path: String) {
    #expect(GlobPattern(pattern).matches(path: Array(path.utf8)))
  }

  @Test(
    "a glob does not match",
    arguments: [
      ("*.pdf", "a.pdf.exe"), ("*.pdf", "a.PDF"), ("in/*.pdf", "in/x/a.pdf"), ("in/*.pdf", "a.pdf"), ("?", ""),
      ("?", "ab"), ("[a-c]", "d"), ("[!a-c]", "a"), ("a/**/z", "az"), ("/a.pdf", "x/a.pdf"), ("in/", "inn/x"),
      ("**/x", "ax"), ("a?b/c", "a/b/c"), ("*[!é]", "é"), ("*??", "è"), ("**[!é]", "é"),
    ])
  func misses(pattern: String, path: String) {
    #expect(!GlobPattern(pattern).matches(path: Array(path.utf8)))
  }

  @Test("bytes that are not UTF-8 are one character each")
  func invalidBytes() {
    #expect(GlobPattern("a?b").matches(path: [0x61, 0xff, 0x62]))
    #expect(!GlobPattern("[!x]").matches(path: [0xff, 0xfe]))
  }

  @Test("many stars on a hostile name take no time")
  func noBacktrackingBlowUp() {
    let pattern = GlobPattern(String(repeating: "a*", count: 40) + "b")
    #expect(!pattern.matches(path: [UInt8](repeating: UInt8(ascii: "a"), count: 255)))
  }

  @Test("what is the daemon's own is not even counted, and exclude counts for directories too")
  func rules() {
    let rules = NameRules(
      WatchedFolder(
        name: "f", path: "/f", include: ["*.pdf"], exclude: ["old", "draft/**"],
        reserved: [RelativePath(unchecked: Array("done".utf8))]))
    func judge(_ path: String) -> NameRules.Verdict { rules.judge(file: RelativePath(unchecked: Array(path.utf8))) }
    #expect(judge("a.pdf") == .take)
    #expect(judge("a.doc") == .ignore(.notIncluded))
    #expect(judge("draft/a.pdf") == .ignore(.excluded))
    #expect(judge("done/a.pdf") == .own)
    #expect(judge("done.pdf") == .take)
    #expect(judge("~$a.pdf") == .ignore(.temporary))
    #expect(rules.judge(directory: RelativePath(unchecked: Array("x/old".utf8))) == .ignore(.excluded))
  }
}
