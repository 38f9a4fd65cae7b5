import Foundation
import Testing

@testable import Daemon

struct JSONOutputTests {
  @Test("nothing in a document acts on a terminal, and all of it reads back")
  func inert() throws {
    let text = "é \u{7f}\u{9b}31m\u{202e}\u{1b}\n\"\\ \u{e0001}"
    let json = try JSONOutput.text([text])
    #expect(json.contains("é ") && json.contains(#"\u009b31m\u202e"#) && json.contains(#"\udb40\udc01"#))
    #expect(json.unicodeScalars.allSatisfy { !"\u{7f}\u{9b}\u{202e}\u{1b}\u{e0001}".unicodeScalars.contains($0) })
    #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
  }
}
