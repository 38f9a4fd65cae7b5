import TestSupport
import Testing

@testable import ContentInspection

struct VirusScannerTests {
  @Test("clamd's answers are told apart; what is no clean answer never passes")
  func answers() {
    #expect(VirusScanner.judge("stream: OK") == .clean)
    #expect(VirusScanner.judge("stream: Eicar-Test-Signature FOUND") == .found("Eicar-Test-Signature"))
    #expect(VirusScanner.judge("stream: a<b>\u{1b}[31m FOUND") == .found("ab31m"))
    #expect(VirusScanner.judge("INSTREAM size limit exceeded. ERROR") == .tooLarge)
    #expect(VirusScanner.judge("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND") == .tooLarge)
    let others = [
      nil, "", "stream: ", "UNKNOWN COMMAND", "stream: Can't allocate memory ERROR", "stream:OK", "OK",
      "/etc/passwd: OK",
      "stream: OK FOUNDER", "1: stream: OK", "Bad.Test FOUND",
    ]
    for answer in others {
      guard case .unavailable = VirusScanner.judge(answer) else {
        Issue.record("\(answer ?? "nil") passes")
        continue
      }
    }
  }

  @Test("a scanner that hangs with its queue full is unavailable in the end", .timeLimit(.minutes(1)))
  func hanging() throws {
    let rig = try HangingScanner()
    let scanner = VirusScanner(socket: rig.path, timeout: .seconds(1))
    for _ in 0..<3 {
      guard case .unavailable = try scanner.scan(InspectedContent([1])) else {
        Issue.record("a scanner that never answered passed a file")
        return
      }
      rig.fillQueue()
    }
  }

  @Test("a scanner that answers byte by byte without end is unavailable in the end", .timeLimit(.minutes(1)))
  func dripping() throws {
    let rig = try HangingScanner()
    rig.drip()
    let begun = ContinuousClock.now
    guard case .unavailable = try VirusScanner(socket: rig.path, timeout: .seconds(1)).scan(InspectedContent([1]))
    else {
      Issue.record("a scanner that never ended its answer passed a file")
      return
    }
    #expect(ContinuousClock.now - begun < .seconds(20))
  }

  @Test(
    "an answer counts with its end alone",
    arguments: [("stream: OK\0", true), ("stream: OK\n", true), ("stream: OK", false), ("stream: OK\r\n", false)])
  func end(reply: String, isClean: Bool) throws {
    let server = try ScriptedScanner { _ in .answer(reply) }
    defer { server.stop() }
    let answer = try VirusScanner(socket: server.path).scan(InspectedContent([1]))
    #expect((answer == .clean) == isClean)
  }

  @Test("content of any size arrives whole, and a scanner that closes in the middle had the file")
  func content() throws {
    let server = try ScriptedScanner { $0.count == 3_000_001 ? .answer("stream: OK\0") : .close }
    defer { server.stop() }
    let scanner = VirusScanner(socket: server.path)
    let large = [UInt8]((0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    #expect(try scanner.scan(InspectedContent(large)) == .clean)
    #expect(server.contents == [large])
    let reason = "it closed the connection without a verdict"
    #expect(try scanner.scan(InspectedContent([1])) == .unavailable(reason: reason, hadFile: true))
    #expect(scanner.control() == .unavailable(reason: reason, hadFile: true))
  }

  @Test("a scanner that is not there is unavailable")
  func missing() throws {
    let answer = try VirusScanner(socket: "/nonexistent/clamd.ctl").scan(InspectedContent([1]))
    guard case .unavailable(_, hadFile: false) = answer else {
      Issue.record("\(answer)")
      return
    }
  }
}
