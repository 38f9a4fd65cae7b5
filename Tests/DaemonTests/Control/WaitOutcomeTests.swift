import Testing

@testable import Daemon

@Suite("How a wait ends")
struct WaitOutcomeTests {
  @Test(
    "done when all are, at the time's end with what is left, and not available where only that keeps it",
    arguments: [
      ([FolderWait.State](), false, WaitOutcome?.some(.done)), ([.done, .done], true, .done),
      ([.done, .looking], false, nil),
      ([.settling(1)], true, .timeout), ([.delivering(parked: 1)], false, nil),
      ([.delivering(parked: 1)], true, .timeout),
      ([.unavailable("x")], false, .unavailable), ([.done, .unavailable("x")], false, .unavailable),
      ([.looking, .unavailable("x")], false, nil), ([.looking, .unavailable("x")], true, .timeout),
    ])
  func outcome(states: [FolderWait.State], isOver: Bool, expected: WaitOutcome?) {
    #expect(WaitOutcome(states, isOver: isOver) == expected)
  }

  @Test("not done while files wait where no folder looks")
  func unwatched() {
    let place = UnwatchedPlace(folder: "inbox", path: "/srv/old", files: 2, followUps: 0)
    #expect(WaitOutcome.done.beside([place]) == .unavailable && WaitOutcome.done.beside([]) == .done)
    #expect(WaitOutcome.timeout.beside([place]) == .timeout)
  }
}
