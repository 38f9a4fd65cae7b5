import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// Names for files where their own are taken, or too long.
struct FreeNameTests {
  private func numbered(_ name: String, _ number: Int, room: Int = 0) -> String? {
    String(validating: FreeName.numbered(Array(name.utf8), number, room: room), as: UTF8.self)
  }

  @Test("a free name keeps its extension and fits into 255 bytes by whole characters")
  func names() {
    #expect(numbered("a.tar.gz", 3) == "a.tar (3).gz")
    #expect(numbered("dot.", 1) == "dot.")
    #expect(numbered("README", 2) == "README (2)")
    let long = numbered(String(repeating: "é", count: 125) + ".pdf", 2, room: 11)
    #expect(long.map { $0.utf8.count <= 244 && $0.hasSuffix("é (2).pdf") } == true)
  }

  @Test("what is too long for an extension is shortened like a stem, and names that differ in it stay apart by number")
  func longExtension() {
    let name = "a." + String(repeating: "è", count: 126)
    let first = numbered(name, 1, room: 11)
    #expect(first.map { 243...244 ~= $0.utf8.count && name.hasPrefix($0) } == true)
    let second = numbered(name, 12, room: 11)
    #expect(second.map { $0.utf8.count <= 244 && $0.hasPrefix("a.èè") && $0.hasSuffix("è (12)") } == true)
    #expect(numbered(name, 1) == name)
  }

  @Test("a name that is no text is cut all the same, and never to nothing", arguments: [0x80, 0xE9] as [UInt8])
  func noText(byte: UInt8) {
    let name = [UInt8](repeating: byte, count: 255)
    #expect(FreeName.numbered(name, 2, room: 11).count == 244)
    #expect(FreeName.numbered(name.dropLast(4) + Array(".pdf".utf8), 2).suffix(8) == Array(" (2).pdf".utf8)[...])
  }

  @Test("the first free name is taken, and in a directory with very many a free one is found with few looks")
  func search() throws {
    let inbox = try TemporaryDirectory()
    let root = try RootDirectory(inbox.path)
    func first() -> String { FreeName.first(Array("a.pdf".utf8), in: .root, of: root).escaped }
    #expect(first() == "a.pdf")
    for number in 1...12_000 {
      close(open(inbox.path + (number == 1 ? "/a.pdf" : "/a (\(number)).pdf"), O_CREAT | O_WRONLY, 0o600))
      if number < 4 { #expect(first() == "a (\(number + 1)).pdf") }
    }
    let looks = Mutex(0)
    FileCallSeam { _, _ in looks.withLock { $0 += 1 } }.install()
    let found = first()
    FileCallSeam.remove()
    #expect(found == "a (12001).pdf")
    #expect(looks.withLock { $0 } < 200)
  }
}
