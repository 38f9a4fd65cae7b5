import Testing

@testable import ContentInspection

struct VirusScannerTests {
  @Test("clamd's answers are told apart; what is no clean answer never passes")
  func answers() {
    #expect(VirusScanner.judge("stream: OK") == .clean)
    #expect(VirusScanner.judge("stream: Eicar-Test-Signature FOUND") == .found("Eicar-Test-Signature"))
    #expect(VirusScanner.judge("stream: a<b>\u{1b}[31m FOUND") == .found("ab31m"))
    #expect(VirusScanner.judge("INSTREAM size limit exceeded. ERROR") == .tooLarge)
    for answer in [nil, "", "stream: ", "UNKNOWN COMMAND", "stream: Can't allocate memory ERROR"] {
      guard case .unavailable = VirusScanner.judge(answer) else {
        Issue.record("\(answer ?? "nil") passes")
        continue
      }
    }
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
