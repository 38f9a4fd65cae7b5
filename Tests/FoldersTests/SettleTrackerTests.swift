import DeliveryModel
import SystemSupport
import TestSupport
import Testing

@testable import Folders

func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

/// Milliseconds of an invented clock.
func instant(_ milliseconds: Int64) -> MonotonicInstant {
  MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
}

func identity(_ version: Int64) -> FileIdentity {
  FileIdentity(device: 1, inode: 2, size: version, modified: version, changed: version)
}

@Suite("The settle rule")
struct SettleTrackerTests {
  let file = path("a")
  let start = Timestamp(milliseconds: 0)

  /// Lets the clock run to `end` while the file behaves as told; when and how it settled.
  private func run(
    _ tracker: inout SettleTracker, to end: Int64,
    identity: (Int64) -> FileIdentity = { _ in FoldersTests.identity(1) },
    probe: (Int64) -> SettleProbe
  ) -> (at: Int64, evidence: SettleEvidence)? {
    while let next = tracker.nextDeadline, next <= instant(end) {
      let time = next.nanoseconds / 1_000_000
      while let step = tracker.next(at: next) {
        switch step {
        case .look(let path): tracker.looked(path, identity(time), at: next)
        case .probe(let path):
          if let evidence = tracker.probed(path, probe(time), at: next) { return (time, evidence) }
        }
      }
    }
    return nil
  }

  private func note(_ tracker: inout SettleTracker, _ signal: SettleSignal, _ time: Int64) {
    tracker.note(signal, file, at: instant(time), received: start)
  }

  @Test("only attributes that were told without a gap are only attributes")
  func trace() {
    func trace(_ signals: [SettleSignal], gapless: Bool = true, _ change: (inout SettleTracker) -> Void = { _ in })
      -> FileTrace?
    {
      var tracker = SettleTracker(window: .seconds(5))
      for signal in signals { tracker.note(signal, file, at: instant(0), received: start, isGapless: gapless) }
      change(&tracker)
      return tracker[file]?.trace
    }
    #expect(trace([.attributes]) == .attributes && trace([.attributes, .attributes]) == .attributes)
    #expect(trace([.attributes], gapless: false) == .closed)
    // A write through a mapping tells no more than its end.
    #expect(trace([.closed, .attributes]) == .closed && trace([.attributes, .closed]) == .closed)
    for signal in [SettleSignal.created, .modified, .movedIn] {
      #expect(trace([.attributes, signal]) == .written && trace([signal, .closed, .attributes]) == .written)
    }
    #expect(trace([.attributes]) { $0.doubt() } == .closed)
    let found = trace([.attributes]) {
      $0.found(file, identity(1), by: .rescan, at: instant(1), received: start, isKnownOtherwise: true)
    }
    #expect(found == .found)
  }

  @Test("a closed file settles when the window since its last event has passed")
  func closed() {
    var tracker = SettleTracker(window: .seconds(5))
    for (signal, time) in [(SettleSignal.created, Int64(0)), (.modified, 100), (.closed, 4000)] {
      note(&tracker, signal, time)
    }
    let settled = run(&tracker, to: 60_000) { _ in .quiet(identity(1), lease: true) }
    #expect(settled?.at == 9000)
    #expect(settled?.evidence == .lease)
    #expect(tracker.count == 0)
  }

  @Test("without a lease, a closed or renamed file settles by the window", arguments: [SettleSignal.closed, .movedIn])
  func quietWindow(signal: SettleSignal) {
    var tracker = SettleTracker(window: .seconds(5))
    note(&tracker, signal, 0)
    let settled = run(&tracker, to: 60_000) { _ in .quiet(identity(1), lease: false) }
    #expect(settled?.at == 5000)
    #expect(settled?.evidence == .quietWindow)
  }

  @Test(
    "without a lease, a file that nobody said to be finished waits for 12 windows",
    arguments: [[SettleSignal.created], [.closed, .modified], [.attributes]])
  func longWindow(signals: [SettleSignal]) {
    var tracker = SettleTracker(window: .seconds(5))
    for signal in signals { note(&tracker, signal, 0) }
    let settled = run(&tracker, to: 90_000) { _ in .quiet(identity(1), lease: false) }
    #expect(settled?.at == 60_000)
    #expect(settled?.evidence == .longWindow)
  }

  @Test("a lease shortens the wait of a file that nobody said to be finished")
  func createdOnly() {
    var tracker = SettleTracker(window: .seconds(5))
    note(&tracker, .created, 0)
    #expect(run(&tracker, to: 90_000) { _ in .quiet(identity(1), lease: true) }?.at == 5000)
  }

  @Test("a file that is held open is never taken, and asked about at most once a window")
  func heldOpen() {
    var tracker = SettleTracker(window: .seconds(5))
    note(&tracker, .created, 0)
    var probes: [Int64] = []
    let settled = run(&tracker, to: 86_400_000) { time in
      probes.append(time)
      return .inUse
    }
    #expect(settled == nil)
    #expect(tracker.count == 1)
    #expect(probes.prefix(5) == [5000, 6000, 8000, 12_000, 17_000])
  }

  @Test("the close of a file that was held open starts the window at once")
  func closedAfterHeldOpen() {
    var tracker = SettleTracker(window: .seconds(5))
    note(&tracker, .created, 0)
    #expect(run(&tracker, to: 100_000) { _ in .inUse } == nil)
    note(&tracker, .closed, 100_001)
    #expect(run(&tracker, to: 200_000) { _ in .quiet(identity(1), lease: true) }?.at == 105_001)
  }

  @Test("a change without an event, between look and probe, starts the window again and is not a finished write")
  func changedUnseen() {
    var tracker = SettleTracker(window: .seconds(5))
    note(&tracker, .closed, 0)
    let settled = run(&tracker, to: 100_000) { time in .quiet(identity(time < 5000 ? 1 : 2), lease: false) }
    #expect(settled?.at == 65_000)
    #expect(settled?.evidence == .longWindow)
  }

  @Test("without a window, a closed or renamed file settles at once", arguments: [SettleSignal.closed, .movedIn])
  func noWindow(signal: SettleSignal) {
    var tracker = SettleTracker(window: .zero)
    note(&tracker, .created, 0)
    note(&tracker, signal, 3)
    #expect(run(&tracker, to: 10) { _ in .quiet(identity(1), lease: false) }?.at == 3)
  }

  @Test("without a window, a file still rests for a tick of the clock: a rewrite within it would not show")
  func tick() {
    var tracker = SettleTracker(window: .zero)
    tracker.tick = .milliseconds(12)
    note(&tracker, .closed, 3)
    note(&tracker, .closed, 9)
    #expect(run(&tracker, to: 100) { _ in .quiet(identity(1), lease: true) }?.at == 21)
    tracker.found(file, identity(1), by: .startScan, at: instant(200), received: start)
    #expect(run(&tracker, to: 300) { _ in .quiet(identity(1), lease: true) }?.at == 212)
    tracker.change(window: .milliseconds(2))
    note(&tracker, .closed, 400)
    #expect(run(&tracker, to: 500) { _ in .quiet(identity(1), lease: true) }?.at == 412)
  }

  @Test("without a window and a lease, a file that nobody said to be finished still waits")
  func noWindowNoEvidence() {
    var tracker = SettleTracker(window: .zero)
    note(&tracker, .created, 0)
    #expect(run(&tracker, to: 60_000) { _ in .quiet(identity(1), lease: false) }?.at == 5000)
  }

  @Test("a scanned file waits its window; one that a scan finds changed begins again")
  func scanned() {
    var tracker = SettleTracker(window: .seconds(5))
    tracker.found(file, identity(1), by: .poll, at: instant(0), received: start)
    tracker.found(file, identity(1), by: .poll, at: instant(2000), received: start)
    tracker.found(file, identity(2), by: .poll, at: instant(4000), received: start)
    #expect(tracker.count == 1)
    #expect(run(&tracker, to: 90_000) { _ in .quiet(identity(2), lease: true) }?.at == 9000)
  }

  @Test("an event makes a file that a rescan met first one that was not missed")
  func discovery() {
    var tracker = SettleTracker(window: .seconds(5))
    tracker.found(file, identity(1), by: .rescan, at: instant(0), received: start)
    #expect(tracker[file]?.discovery == .rescan)
    note(&tracker, .closed, 1)
    #expect(tracker[file]?.discovery == .event)
  }

  @Test("a file that is held open is listed with when it was noticed, and told of once after half an hour")
  func overdue() {
    var tracker = SettleTracker(window: .seconds(5))
    note(&tracker, .created, 0)
    #expect(run(&tracker, to: 10_000) { _ in .inUse } == nil)
    #expect(tracker.late(at: instant(10_000), limit: 20).first.map(\.path) == [file])
    let told = [1_799_999, 1_800_000, 1_900_000].map { tracker.takeOverdue(at: instant($0)).map(\.path) }
    #expect(told == [[], [file], []])
    note(&tracker, .closed, 1_900_000)
    #expect(run(&tracker, to: 2_000_000) { _ in .quiet(identity(1), lease: true) } != nil)
    #expect(tracker.late(at: instant(2_000_000), limit: 20).first.isEmpty)
  }

  @Test("a file that changes for ever is listed and told of too, though nobody is found writing")
  func neverAtRest() {
    var tracker = SettleTracker(window: .seconds(5))
    for time in stride(from: Int64(0), through: 1_800_000, by: 4000) {
      note(&tracker, .modified, time)
      #expect(run(&tracker, to: time + 3999) { _ in .quiet(identity(time), lease: false) } == nil)
    }
    #expect(tracker.late(at: instant(60_000), limit: 20).first.isEmpty)
    #expect(tracker.late(at: instant(60_001), limit: 20).first.map(\.entry.isHeldOpen) == [false])
    let told = tracker.takeOverdue(at: instant(1_800_000))
    #expect(told.count == 1)
  }

  @Test("a longer window counts at once, also for what is being settled")
  func longerWindow() {
    var tracker = SettleTracker(window: .seconds(5))
    note(&tracker, .closed, 0)
    tracker.change(window: .seconds(10))
    #expect(run(&tracker, to: 90_000) { _ in .quiet(identity(1), lease: true) }?.at == 10_000)
  }

  @Test("a deleted file is forgotten, and so is all below a directory that left")
  func forgets() {
    var tracker = SettleTracker(window: .seconds(5))
    for name in ["a", "d/x", "d/e/y", "dd"] {
      tracker.note(.closed, path(name), at: instant(0), received: start)
    }
    tracker.forget(file)
    tracker.forget(below: path("d"))
    #expect(tracker.count == 1)
    #expect(run(&tracker, to: 60_000) { _ in .quiet(identity(1), lease: true) }?.at == 5000)
    #expect(tracker.nextDeadline == nil)
  }

  @Test("whatever the order of events, nothing settles within the window of the last one or while it is held open")
  func randomInterleavings() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      var tracker = SettleTracker(window: .milliseconds(1000))
      var time: Int64 = 0
      var last: Int64 = 0
      var isOpen = false
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        let until = time + Int64.random(in: 0...1500, using: &generator)
        let settled = run(&tracker, to: until) { _ in isOpen ? .inUse : .quiet(identity(1), lease: true) }
        if let settled {
          #expect(settled.at >= last + 1000)
          #expect(!isOpen)
          break
        }
        time = until
        isOpen = Bool.random(using: &generator)
        last = time
        note(&tracker, isOpen ? .modified : .closed, time)
      }
      if tracker.count > 0 {
        let settled = run(&tracker, to: time + 100_000) { _ in .quiet(identity(1), lease: true) }
        #expect(settled.map { $0.at >= last + 1000 } == true)
      }
    }
  }

  @Test("a hundred thousand events on one file cost one timer")
  func cheapEvents() {
    var tracker = SettleTracker(window: .seconds(5))
    for time in 0..<Int64(100_000) { note(&tracker, .modified, time) }
    #expect(tracker.timerCount == 1)
  }
}
