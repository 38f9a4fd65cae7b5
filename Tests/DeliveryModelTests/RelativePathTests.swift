import Testing

@testable import DeliveryModel

@Suite("RelativePath")
struct RelativePathTests {
  @Test(
    "a path from outside has no empty, dot or absolute part",
    arguments: ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\u{0}b"])
  func refused(text: String) {
    #expect(RelativePath(validating: Array(text.utf8)) == nil)
  }

  @Test("other bytes are a path as they are", arguments: ["a", "a/b", "...", ".a", "a/..b", " ", "a\\..\\b", "%2e%2e"])
  func taken(text: String) {
    #expect(RelativePath(validating: Array(text.utf8))?.utf8Text == text)
  }

  @Test("name and directory take a path apart, appending puts it together")
  func parts() throws {
    let path = try #require(RelativePath(validating: Array("cases/2026/brief.pdf".utf8)))
    #expect(path.name.elementsEqual("brief.pdf".utf8))
    #expect(path.directory.utf8Text == "cases/2026")
    #expect(path.directory.appending(path.name) == path)
    #expect(path.directory.directory.directory == .root)
    #expect(RelativePath.root.appending("a".utf8).utf8Text == "a")
  }

  @Test(
    "the extension is what follows the last dot but a leading one",
    arguments: [
      ("a/brief.pdf", "brief", "pdf"), ("b.tar.gz", "b.tar", "gz"), (".profile", ".profile", ""), ("c", "c", ""),
      ("d.", "d", ""), ("x.y/e", "e", ""), (".a.b", ".a", "b"), ("..pdf", ".", "pdf"), ("x/.h", ".h", ""),
    ])
  func extensions(text: String, stem: String, fileExtension: String) throws {
    let path = try #require(RelativePath(validating: Array(text.utf8)))
    #expect(String(decoding: path.stem, as: UTF8.self) == stem)
    #expect(String(decoding: path.fileExtension, as: UTF8.self) == fileExtension)
  }

  @Test("a path that is not UTF-8 has an escaped text and no other")
  func invalid() {
    let path = RelativePath(unchecked: [0x61, 0xff, 0x0a])
    #expect(path.utf8Text == nil)
    #expect(path.escaped == "a\\xff\\n")
  }
}
