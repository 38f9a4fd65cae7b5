import DeliveryModel
import SystemSupport
import Testing

@testable import Folders

struct UnreadableTrackerTests {
  private let start = MonotonicInstant.now
  private let since = Timestamp(milliseconds: 1_795_430_527_123)

  private func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  private func instant(_ seconds: Int) -> MonotonicInstant { start + .seconds(seconds) }

  private func note(_ tracker: inout UnreadableTracker, _ name: String, _ seconds: Int) -> Bool {
    tracker.note(path(name), isDirectory: false, reason: "permission denied", at: instant(seconds), since: since)
  }

  @Test("what is still unreadable after the grace is listed, the oldest first, and once only")
  func grace() {
    var tracker = UnreadableTracker()
    let news = [note(&tracker, "b", 0), note(&tracker, "a", 1), note(&tracker, "b", 30)]
    #expect(news == [true, true, false])
    #expect(tracker.nextDeadline == instant(60))
    tracker.advance(to: instant(59))
    #expect(tracker.lasting().isEmpty && tracker.lastingCount == 0 && tracker.count == 2)
    tracker.advance(to: instant(60))
    #expect(tracker.lasting().map(\.path) == [path("b")] && tracker.lasting().map(\.since) == [since])
    tracker.advance(to: instant(61))
    #expect(tracker.lasting().map(\.path) == [path("b"), path("a")] && tracker.lastingCount == 2)
    #expect(tracker.nextDeadline == nil)
  }

  @Test("a file whose rights come after its content is never listed, and begins anew when it is closed again")
  func short() {
    var tracker = UnreadableTracker()
    _ = note(&tracker, "a", 0)
    tracker.forget(path("a"))
    _ = note(&tracker, "a", 30)
    tracker.advance(to: instant(60))
    #expect(tracker.lasting().isEmpty)
    tracker.advance(to: instant(90))
    #expect(tracker.lasting().map(\.path) == [path("a")])
    tracker.forget(path("a"))
    #expect(tracker.lasting().isEmpty && tracker.lastingCount == 0 && tracker.isEmpty)
  }

  @Test("a directory that goes takes what was unreadable in it along, and no other of a similar name")
  func directory() {
    var tracker = UnreadableTracker()
    for name in ["HR", "HR/letters", "HR2", "other/HR"] { _ = note(&tracker, name, 0) }
    tracker.advance(to: instant(60))
    #expect(tracker.contains(below: path("HR")) && !tracker.contains(below: path("H")))
    tracker.forget(below: path("HR"))
    #expect(tracker.lasting().map(\.path) == [path("HR2"), path("other/HR")])
    tracker.forget { $0 == path("HR2") }
    #expect(tracker.lastingCount == 1)
  }

  @Test("what comes and goes for ever leaves nothing behind, beside one that stays")
  func churn() {
    var tracker = UnreadableTracker()
    _ = note(&tracker, "stays", 0)
    for second in 1..<20_000 {
      _ = note(&tracker, "comes", second)
      tracker.forget(path("comes"))
      tracker.advance(to: instant(second))
    }
    #expect(tracker.kept < 4096 && tracker.lasting().map(\.path) == [path("stays")])
  }

  @Test("of many the first are named and all are counted; beyond the bound none is kept")
  func many() {
    var tracker = UnreadableTracker()
    for number in 0..<UnreadableTracker.namesKept { #expect(note(&tracker, "f\(number)", 0)) }
    #expect(!note(&tracker, "one more", 0))
    tracker.advance(to: instant(60))
    #expect(tracker.lasting().count == UnreadableTracker.listed && tracker.lastingCount == UnreadableTracker.namesKept)
  }
}
