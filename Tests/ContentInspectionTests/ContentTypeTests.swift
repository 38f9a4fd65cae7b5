import DeliveryModel
import Testing

@testable import ContentInspection

struct ContentTypeTests {
  @Test(
    "the ending decides, whatever its case",
    arguments: [
      ("a.pdf", "application/pdf"), ("A.PDF", "application/pdf"), ("x/y.tar.gz", "application/gzip"),
      ("brief.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
      ("scan.TiFf", "image/tiff"), ("firma.p7m", "application/pkcs7-mime"),
    ])
  func known(name: String, type: String) {
    #expect(ContentType.guess(for: RelativePath(unchecked: Array(name.utf8))) == type)
  }

  @Test(
    "no ending, an unknown one or a name that is all ending is just bytes",
    arguments: ["README", "a.", ".pdf", "dir.pdf/file", "a.verylongending", "a.xyz", "a.p df", "a.pdf\u{0}"])
  func unknown(name: String) {
    #expect(ContentType.guess(for: RelativePath(unchecked: Array(name.utf8))) == ContentType.unknown)
  }

  @Test("bytes that are not text are no known ending")
  func notText() {
    #expect(ContentType.guess(for: RelativePath(unchecked: [0x61, 0x2e, 0xff, 0xfe])) == ContentType.unknown)
  }
}
