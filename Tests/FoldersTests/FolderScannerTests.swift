import ContentInspection
import DaemonConfiguration
import DeliveryModel
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("A folder's virus scanner")
struct FolderScannerTests {
  private static let clean = ScriptedScanner.Reply.answer("stream: OK\0")

  private func settled(_ name: String) -> SettledFile { Fixture.file(name) }

  private func scan(_ scanner: FolderScanner, _ name: String, _ content: String = "hello") throws
    -> FolderScanner.Outcome
  {
    try scanner.scan(settled(name), InspectedContent(Array(content.utf8)))
  }

  @Test(
    "a file that ends the connection, is answered with nonsense or without end, is set aside the third time; others pass",
    arguments: [
      ScriptedScanner.Reply.close, .answer("UNKNOWN COMMAND\0"), .answer("stream: Can't allocate memory ERROR\0"),
      .answer("stream: OK"), .answer(""), .silence,
    ])
  func poison(_ reply: ScriptedScanner.Reply) throws {
    let server = try ScriptedScanner { $0 == Array("poison".utf8) ? reply : Self.clean }
    defer { server.stop() }
    let told = Mutex<[FolderScanner.Event]>([])
    let scanner = FolderScanner(
      VirusScanner(socket: server.path, timeout: .milliseconds(500)),
      report: { event in told.withLock { $0.append(event) } })
    for _ in 0..<2 {
      guard case .wait(let reason) = try scan(scanner, "poison.pdf", "poison") else {
        Issue.record("a file without a verdict passed")
        return
      }
      #expect(reason.contains("no verdict on this file"))
      #expect(try scan(scanner, "good.pdf") == .clean)
    }
    #expect(try scan(scanner, "poison.pdf", "poison") == .failed)
    let count = server.contents.count
    #expect(try scan(scanner, "poison.pdf", "poison") == .failed)
    #expect(server.contents.count == count, "it is not asked about that file again")
    #expect(try scan(scanner, "good.pdf") == .clean)
    let expected = [FolderScanner.Event](repeating: .failed(Fixture.path("poison.pdf")), count: 2)
    #expect(told.withLock { $0 } == expected, "the scanner was never away")
  }

  @Test("one that answers nobody is away: told once, and nobody else waits for it")
  func away() throws {
    let server = try ScriptedScanner { _ in .silence }
    defer { server.stop() }
    let told = Mutex<[FolderScanner.Event]>([])
    let scanner = FolderScanner(
      VirusScanner(socket: server.path, timeout: .milliseconds(200)), wallClock: { Fixture.wall }
    ) {
      event in told.withLock { $0.append(event) }
    }
    guard case .wait = try scan(scanner, "a.pdf") else {
      Issue.record("a file without a verdict passed")
      return
    }
    let outage = ScannerWatch.Outage(since: Fixture.wall, reason: "it did not answer for 200 ms")
    #expect(told.withLock { $0 } == [.away(outage)])
    let asked = server.contents.count
    for number in 0..<100 {
      #expect(scanner.reasonToWait(settled("\(number).pdf"))?.contains("does not answer since") == true)
      guard case .wait = try scan(scanner, "\(number).pdf") else {
        Issue.record("a file without a verdict passed")
        return
      }
    }
    #expect(server.contents.count == asked)
    #expect(told.withLock { $0.count } == 1)
  }

  @Test("what is known of the scanner of a folder that has none any more is forgotten: set again, it is found out anew")
  func forgotten() throws {
    let scanners = FolderScanners()
    let with = try Fixture.settings("/srv/inbox", "antivirus = \"/run/gone.ctl\"").folders
    let without = try Fixture.settings("/srv/inbox").folders
    let known = scanners[with[0]]
    scanners.keep(with)
    #expect(known != nil && scanners[with[0]] === known)
    scanners.keep(without)
    #expect(scanners[with[0]] !== known)
  }

  @Test("one that is not there blames no file")
  func missing() throws {
    let scanner = FolderScanner(VirusScanner(socket: "/nonexistent/clamd.ctl"))
    guard case .wait(let reason) = try scan(scanner, "a.pdf") else {
      Issue.record("a file without a verdict passed")
      return
    }
    #expect(reason.contains("/nonexistent/clamd.ctl") && reason.contains("No such file"))
  }

  @Test("what it found, and what is too large for it, is reported")
  func verdicts() throws {
    let server = try ScriptedScanner { content in
      switch content.first {
      case UInt8(ascii: "v"): .answer("stream: Bad.Test FOUND\0")
      case UInt8(ascii: "l"): .answer("INSTREAM size limit exceeded. ERROR\0")
      default: Self.clean
      }
    }
    defer { server.stop() }
    let scanner = FolderScanner(VirusScanner(socket: server.path))
    #expect(try scan(scanner, "v.pdf", "virus") == .found("Bad.Test"))
    #expect(try scan(scanner, "l.pdf", "large") == .tooLarge)
    #expect(try scan(scanner, "c.pdf", "clean") == .clean)
  }
}
