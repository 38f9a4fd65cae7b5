import SystemSupport
import TestSupport
import Testing

@testable import Daemon

@Suite("By which rules for names the folders were last watched")
struct NameRulesMarkTests {
  private func text(_ directory: TemporaryDirectory) -> String? {
    (try? SmallFile.read(directory.path + "/name-rules")).map { String(decoding: $0, as: UTF8.self) }
  }

  private func mark(_ directory: TemporaryDirectory, _ folders: [String] = ["inbox", "scans"]) -> NameRulesMark {
    NameRulesMark(directory: directory.path, folders: folders)
  }

  @Test("a new journal has nothing to tell")
  func new() throws {
    let directory = try TemporaryDirectory()
    NameRulesMark.begin(in: directory.path)
    #expect(text(directory) == "2\n")
    #expect(!mark(directory).isOpen("inbox"))
  }

  @Test("after an upgrade each folder is reported once, also over a restart in between; a later folder is not")
  func upgrade() async throws {
    let directory = try TemporaryDirectory()
    let first = mark(directory)
    #expect(first.isOpen("inbox") && first.isOpen("scans") && !first.isOpen("other"))
    #expect(text(directory) == "2\ninbox\nscans\n")
    first.close("inbox")
    first.close("inbox")
    NameRulesMark.drain()
    #expect(text(directory) == "2\nscans\n")
    let second = mark(directory, ["inbox", "scans", "later"])
    #expect(!second.isOpen("inbox") && second.isOpen("scans") && !second.isOpen("later"))
    second.close("scans")
    NameRulesMark.drain()
    #expect(text(directory) == "2\n")
  }

  @Test(
    "what cannot be understood counts as an earlier version's", arguments: ["", "x", "1\n", "\u{0}\n", "-3\ninbox\n"])
  func nonsense(content: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write(content, to: "name-rules")
    #expect(mark(directory).isOpen("inbox"))
  }
}
