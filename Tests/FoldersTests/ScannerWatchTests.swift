import DeliveryModel
import SystemSupport
import Testing

@testable import Folders

@Suite("What is known of a virus scanner")
struct ScannerWatchTests {
  private let file = ScannerWatchTests.file("a.pdf")
  private let other = ScannerWatchTests.file("b.pdf")
  private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
  private let outage = ScannerWatch.Outage(since: Fixture.wall, reason: "it did not answer for 2 min")

  private static func file(_ name: String, inode: UInt64 = 1) -> ScannerWatch.File {
    ScannerWatch.File(Fixture.file(name, inode: inode))
  }

  @Test("while it is away one question at a time finds out whether it is back: after 5 s, doubling up to 60 s")
  func probes() {
    var watch = ScannerWatch()
    #expect(watch.next(file, now: start) == .scan)
    watch.wentAway(outage, suspect: nil, now: start)
    var now = start
    for seconds in [5, 10, 20, 40, 60, 60] {
      #expect(watch.next(other, now: now + .milliseconds(seconds * 1000 - 1)) == .wait(outage))
      #expect(watch.reasonToWait(other, now: now + .milliseconds(seconds * 1000 - 1)) == outage)
      now = now + .seconds(seconds)
      #expect(watch.reasonToWait(other, now: now) == nil)
      #expect(watch.next(other, now: now) == .probe)
      #expect(watch.next(file, now: now) == .wait(outage))
      #expect(watch.reasonToWait(file, now: now) == outage)
      watch.probed(false, now: now)
    }
    #expect(watch.next(other, now: now + .seconds(60)) == .probe)
    watch.probed(true, now: now)
    #expect(watch.outage == nil)
    #expect(watch.next(file, now: now) == .scan)
  }

  @Test("the file that it was scanning is at fault once it is back, and only then")
  func suspects() {
    var watch = ScannerWatch()
    var now = start
    for round in 1...3 {
      #expect(watch.next(file, now: now) == .scan)
      watch.wentAway(outage, suspect: file, now: now)
      now = now + .seconds(5)
      #expect(watch.next(other, now: now) == .probe)
      watch.probed(true, now: now)
      #expect(watch.next(file, now: now) == (round < 3 ? .scan : .setAside))
    }
    #expect(watch.next(other, now: now) == .scan)
    #expect(watch.next(Self.file("a.pdf", inode: 2), now: now) == .scan, "another state of the file begins anew")
  }

  @Test("a verdict takes back what a file was blamed for")
  func verdict() {
    var watch = ScannerWatch()
    #expect(watch.failed(file) == 1)
    #expect(watch.failed(file) == 2)
    watch.judged(file)
    #expect(watch.failed(file) == 1)
    #expect(watch.failed(file) == 2)
    #expect(watch.next(file, now: start) == .scan)
    #expect(watch.failed(file) == 3)
    #expect(watch.next(file, now: start) == .setAside)
  }

  @Test("a file that is set aside waits for no scanner")
  func setAside() {
    var watch = ScannerWatch()
    for _ in 0..<3 { _ = watch.failed(file) }
    watch.wentAway(outage, suspect: nil, now: start)
    #expect(watch.reasonToWait(file, now: start) == nil)
    #expect(watch.next(file, now: start) == .setAside)
  }

  @Test("what several files meet at once is one outage, told with its beginning")
  func oneOutage() {
    var watch = ScannerWatch()
    watch.wentAway(outage, suspect: nil, now: start)
    let later = ScannerWatch.Outage(since: Fixture.wall + .seconds(9), reason: "later")
    watch.wentAway(later, suspect: nil, now: start + .seconds(4))
    #expect(watch.outage == outage)
    #expect(watch.next(file, now: start + .seconds(5)) == .probe)
  }
}
