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
    for answer in [nil, "", "stream: ", "UNKNOWN COMMAND", "stream: Can't allocate memory ERROR"] {
      guard case .unavailable = VirusScanner.judge(answer) else {
        Issue.record("\(answer ?? "nil") passes")
        continue
      }
    }
  }

  @Test("a scanner that hangs with its queue full is unavailable in the end", .timeLimit(.minutes(1)))
  func hanging() throws {
    let rig = try HangingScanner()
    let scanner = VirusScanner(socket: rig.path, seconds: 1)
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
    guard case .unavailable = try VirusScanner(socket: rig.path, seconds: 1).scan(InspectedContent([1])) else {
      Issue.record("a scanner that never ended its answer passed a file")
      return
    }
    #expect(ContinuousClock.now - begun < .seconds(20))
  }

  @Test("a scanner that is not there is unavailable")
  func missing() throws {
    let answer = try VirusScanner(socket: "/nonexistent/clamd.ctl").scan(InspectedContent([1]))
    guard case .unavailable = answer else {
      Issue.record("\(answer)")
      return
    }
  }
}
