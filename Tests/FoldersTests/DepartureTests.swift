import DeliveryModel
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// Files that left, as the tracker takes them for gone.
@Suite struct DepartureTrackerTests {
  private static func at(_ seconds: Int64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
  }

  private let path = RelativePath(unchecked: Array("a/b.pdf".utf8))

  @Test("a file that leaves is looked at once the window has passed, and not if it came back meanwhile")
  func window() {
    var tracker = DepartureTracker()
    tracker.left(path, at: Self.at(10), window: .seconds(5))
    #expect(tracker.nextDeadline == Self.at(15) && tracker.due(at: Self.at(14)).isEmpty)
    #expect(tracker.due(at: Self.at(15)) == [path] && tracker.isIdle)
    tracker.left(path, at: Self.at(20), window: .seconds(5))
    tracker.came(path)
    #expect(tracker.due(at: Self.at(30)).isEmpty && tracker.isIdle)
  }

  @Test("one that leaves again is looked at when it left last")
  func again() {
    var tracker = DepartureTracker()
    tracker.left(path, at: Self.at(10), window: .seconds(5))
    tracker.came(path)
    tracker.left(path, at: Self.at(13), window: .seconds(5))
    #expect(tracker.due(at: Self.at(15)).isEmpty)
    #expect(tracker.due(at: Self.at(18)) == [path])
  }

  @Test("what is gone is handed over once, and not known until the journal has it")
  func handedOver() {
    var tracker = DepartureTracker()
    tracker.depart(path)
    tracker.depart(path)
    #expect(tracker.takeDeparted() == [path] && tracker.takeDeparted().isEmpty)
    #expect(tracker.gone == [path])
    tracker.accepted([path])
    #expect(tracker.gone.isEmpty && tracker.isIdle)
  }

  @Test("what a walk has explained is not walked through again, until a scan misses another number")
  func explained() {
    let directory = RelativePath(unchecked: Array("d".utf8))
    var tracker = DepartureTracker()
    for (missing, isWalked) in [(2, true), (2, false), (3, true), (3, false), (2, true)] {
      tracker.suspect(directory, missing: missing)
      #expect((tracker.nextWalk() != nil) == isWalked)
      tracker.walked(to: nil)
    }
    tracker.suspect(directory, missing: 5)
    #expect(tracker.nextWalk()?.missing == 5)
    tracker.walked(to: [1], found: true)
    tracker.walked(to: nil)
    tracker.suspect(directory, missing: 5)
    #expect(tracker.nextWalk() != nil, "some had been absent")
  }

  @Test("beyond the bound the directory is walked through, and no walk goes on while many wait")
  func bound() {
    var tracker = DepartureTracker()
    for number in 0...DepartureTracker.limit {
      tracker.left(RelativePath(unchecked: Array("d/\(number)".utf8)), at: Self.at(10), window: .seconds(5))
    }
    #expect(tracker.nextWalk() == nil && tracker.nextDeadline == Self.at(15))
    var seen = 0
    while case let due = tracker.due(at: Self.at(15)), !due.isEmpty { seen += due.count }
    #expect(seen == DepartureTracker.limit)
    #expect(tracker.nextWalk()?.directory == RelativePath(unchecked: Array("d".utf8)))
    tracker.walked(to: nil)
    #expect(tracker.nextWalk() == nil && tracker.isIdle)
  }
}
