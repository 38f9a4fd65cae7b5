import DeliveryModel
import Testing

@testable import ContentInspection

@Suite("Content types by name and content")
struct ContentSignatureTests {
  private func type(_ name: String, _ beginning: [UInt8]) -> String {
    ContentType.of(RelativePath(unchecked: Array(name.utf8)), beginning: beginning)
  }

  private static let zip: [UInt8] = [0x50, 0x4b, 0x03, 0x04, 0x14]
  private static let ole: [UInt8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]
  private static let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  @Test(
    "what the content proves counts; the extension says which kind of it",
    arguments: [
      ("a.pdf", Array("%PDF-1.7".utf8), "application/pdf"), ("scan", Array("%PDF-1.7".utf8), "application/pdf"),
      ("a.pdf", png, "image/png"), ("a.txt", png, "image/png"),
      ("a.docx", zip, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
      ("a.odt", zip, "application/vnd.oasis.opendocument.text"), ("a.pdf", zip, "application/zip"),
      ("a", zip, "application/zip"), ("a.doc", ole, "application/msword"), ("a.msg", ole, "application/vnd.ms-outlook"),
      ("a.pdf", ole, "application/x-ole-storage"), ("a.doc", Array("{\\rtf1".utf8), "application/msword"),
      ("a.jpg", [0xff, 0xd8, 0xff, 0xe0], "image/jpeg"), ("a.csv", Array("a;b\n".utf8), "text/csv"),
      ("a.pdf", Array("no such thing".utf8), "application/pdf"), ("a.pdf", [], "application/pdf"),
      ("a", [], "application/octet-stream"), ("a.mov", Array("\0\0\0\u{14}ftypqt  ".utf8), "video/quicktime"),
      ("a.mp4", Array("\0\0\0\u{18}ftypisom".utf8), "video/mp4"), ("a", Array("RIFF1234WAVE".utf8), "audio/wav"),
      ("a", Array("RIFF1234XXXX".utf8), "application/octet-stream"),
    ] as [(String, [UInt8], String)])
  func both(_ name: String, _ beginning: [UInt8], _ expected: String) {
    #expect(type(name, beginning) == expected)
  }

  @Test("a PDF may begin after something else, within the first 1,024 bytes")
  func lateHeader() {
    let header = Array("%PDF-1.4".utf8)
    #expect(type("x", [UInt8](repeating: 0x0a, count: 1019) + header) == "application/pdf")
    #expect(type("x", [UInt8](repeating: 0x0a, count: 1020) + header) == ContentType.unknown)
    #expect(type("x", [UInt8](repeating: 0x25, count: 500) + header) == "application/pdf")
  }

  @Test("an archive is known by its middle")
  func tar() {
    #expect(type("x", [UInt8](repeating: 0, count: 257) + Array("ustar".utf8)) == "application/x-tar")
  }
}
