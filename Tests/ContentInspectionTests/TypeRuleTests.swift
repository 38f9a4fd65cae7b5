import DeliveryModel
import Testing

@testable import ContentInspection

struct TypeRuleTests {
  @Test(
    "libmagic tells a file by its content",
    arguments: [
      ("%PDF-1.4\n%âãÏÓ\n", "application/pdf"), ("\u{89}", "text/plain"), ("hello there\n", "text/plain"),
      ("<?xml version=\"1.0\"?>\n<a/>\n", "text/xml"),
    ])
  func magic(text: String, type: String) throws {
    #expect(try MagicDatabase().type(of: Array(text.utf8)) == type)
  }

  @Test("empty content has a type too")
  func empty() throws { #expect(try MagicDatabase().type(of: []) != nil) }

  private let rule = TypeRule(["application/pdf", "image/*", "application/vnd.ms-excel"])

  @Test("extension and content have to be of an allowed type, both")
  func both() {
    #expect(rule.finding(named: "application/pdf", content: "application/pdf", head: []) == nil)
    #expect(rule.finding(named: "image/jpeg", content: "image/jpeg", head: []) == nil)
    #expect(rule.finding(named: "text/plain", content: "application/pdf", head: [])?.code == .typeNotAllowed)
    #expect(rule.finding(named: "application/pdf", content: "application/zip", head: [])?.code == .typeMismatch)
    #expect(rule.finding(named: "image/jpeg", content: "image/png", head: [])?.code == .typeMismatch)
    #expect(
      rule.finding(named: "application/octet-stream", content: "application/pdf", head: [])?.code == .typeNotAllowed)
  }

  @Test("an Office document may look like its container")
  func containers() {
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    #expect(TypeRule.agree(word, "application/zip", [0x50, 0x4B, 3, 4]))
    #expect(!TypeRule.agree(word, "application/zip", [0, 1, 2, 3]))
    #expect(TypeRule.agree(word, "application/CDFV2", DocumentCheck.compoundFile))
    #expect(TypeRule.agree("application/vnd.ms-excel", "application/CDFV2", DocumentCheck.compoundFile))
    #expect(!TypeRule.agree("application/pdf", "application/octet-stream", [0]))
    #expect(TypeRule.agree("text/csv", "text/plain", []) && TypeRule.agree("application/json", "text/plain", []))
  }
}
