import DeliveryModel
import TestSupport
import Testing

@testable import ContentInspection

struct DocumentCheckTests {
  private func codes(_ bytes: [UInt8], _ fileExtension: String) throws -> [Finding.Code] {
    try DocumentCheck.findings(InspectedContent(bytes), DocumentCheck.kind(fileExtension: fileExtension))
  }

  private func pdf(_ trailer: String) -> [UInt8] {
    Array("%PDF-1.7\n".utf8) + [UInt8](repeating: 65, count: 200_000) + Array(trailer.utf8)
  }

  @Test("a whole PDF has nothing to say, one without its end is cut off, one with /Encrypt needs a password")
  func portable() throws {
    #expect(try codes(pdf("trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"), "pdf") == [])
    #expect(try codes(pdf("trailer << /Roo"), "pdf") == [.truncated])
    #expect(try codes(pdf("trailer << /Encrypt 5 0 R >>\n%%EOF"), "pdf") == [.encrypted])
    #expect(try codes(Array("%PDF-1.4 /Encrypt".utf8), "pdf") == [.truncated, .encrypted])
  }

  @Test("an Office file is cut off without its directory, and a compound file with EncryptedPackage has a password")
  func office() throws {
    let zip: [UInt8] = [0x50, 0x4B, 3, 4, 20, 0, 0, 0] + [UInt8](repeating: 1, count: 90_000)
    #expect(try codes(zip + [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18), "docx") == [])
    #expect(try codes(zip, "docx") == [.truncated])
    let package = "EncryptedPackage".utf8.reduce(into: [UInt8]()) { $0 += [$1, 0] }
    #expect(try codes(DocumentCheck.compoundFile + package, "xlsx") == [.encrypted])
    let locked: [UInt8] = [0x50, 0x4B, 3, 4, 20, 0, 1, 0, 0x50, 0x4B, 5, 6]
    #expect(try codes(locked, "odt") == [.encrypted])
  }

  @Test("empty files and files of zeros are told, whatever they are called")
  func nothing() throws {
    for name in ["pdf", "docx", "txt", ""] { #expect(try codes([], name) == [.empty]) }
    for name in ["pdf", "docx", "jpg"] {
      #expect(try codes([UInt8](repeating: 0, count: 100_000), name) == [.onlyZeros])
    }
    #expect(try codes([0, 0], "bin") == [])
  }

  @Test("a text is found wherever it stands, and only where it does")
  func search() {
    var generator = SeededGenerator(seed: 8)
    func random(_ count: ClosedRange<Int>) -> [UInt8] {
      (0..<Int.random(in: count, using: &generator)).map { _ in UInt8.random(in: 0...2, using: &generator) }
    }
    for _ in 0..<5000 {
      let (bytes, needle) = (random(0...24), random(1...4))
      for rest in [bytes[...], bytes.dropFirst(3)] {
        let found = rest.indices.contains { rest[$0...].starts(with: needle) }
        #expect(rest.has(needle) == found && AnyCollection(rest).has(needle) == found, "\(needle) in \(rest)")
      }
    }
  }
}
