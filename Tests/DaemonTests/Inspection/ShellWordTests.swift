import DeliveryModel
import Foundation
import TestSupport
import Testing

@testable import Daemon

struct ShellWordTests {
  @Test("a shell reads every word as what it was made of")
  func everyText() throws {
    let texts = HostileText.samples(400, seed: 20).map { $0.filter { $0 != "\0" } }
      .map { String(decoding: $0.utf8.filter { $0 != 0 }, as: UTF8.self) }
    let shell = Process()
    let pipe = Pipe()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", "printf '%s\\0' " + texts.map(ShellWord.quote).joined(separator: " ")]
    shell.standardOutput = pipe
    try shell.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
    let words = output.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { Array($0) }
    #expect(words == texts.map { Array($0.utf8) })
  }

  @Test(
    "nothing in a word acts on a terminal", arguments: ["a\u{1b}[2J", "x\u{202e}y", "100%\n'q'\u{7f}\\", "\u{0085}"])
  func printable(text: String) {
    #expect(ShellWord.quote(text).unicodeScalars.allSatisfy { EscapedText.isPrintable($0) })
  }
}
