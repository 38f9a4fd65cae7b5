import DeliveryModel
import SystemSupport
import Testing

@testable import Folders

@Suite("The quiet window of a folder")
struct SettleWindowTests {
  @Test("each early change doubles it, up to four times; without one for ten minutes it is as configured again")
  func lengthens() {
    var window = SettleWindow(.seconds(5))
    #expect(window.end == nil)
    let steps: [(Bool, Duration)] = [0, 1000, 2000].map { (window.provedShort(at: instant($0)), window.current) }
    #expect(steps.map(\.0) == [true, true, false])
    #expect(steps.map(\.1) == [.seconds(10), .seconds(20), .seconds(20)])
    let expired = [601_999, 602_000, 700_000].map { window.expire(at: instant($0)) }
    #expect(expired == [false, true, false])
    #expect(window.current == .seconds(5))
  }

  @Test("no window stays none")
  func none() {
    var window = SettleWindow(.zero)
    let grew = window.provedShort(at: instant(0))
    #expect(!grew)
    #expect(window.current == .zero)
  }

  @Test("another state of a file that was accepted is a revision; a touch, or one long after, is none")
  func revisions() {
    var offers = RecentOffers()
    let first = identity(1)
    let file = settledFile(first)
    offers.offer(file)
    offers.accept(file, at: instant(1000))
    var touched = first
    touched.changed += 1
    #expect(!offers.isRevision(path("a"), touched, since: instant(0)))
    #expect(offers.isRevision(path("a"), identity(2), since: instant(0)))
    #expect(!offers.isRevision(path("a"), identity(2), since: instant(1000)))
    #expect(!offers.isRevision(path("b"), identity(2), since: instant(0)))
    // Where delivered files leave the folder, another one that has the name by now is none: a scanner's next page.
    var other = identity(2)
    other.inode = 3
    #expect(offers.isRevision(path("a"), other, since: instant(0)))
    #expect(!offers.isRevision(path("a"), other, since: instant(0), areTaken: true))
    #expect(offers.isRevision(path("a"), identity(2), since: instant(0), areTaken: true))
  }

  @Test("what the receiver wants again before it has acknowledged the batch is offered again")
  func wantedAgainFirst() {
    var offers = RecentOffers()
    let file = settledFile(identity(1))
    offers.offer(file)
    offers.forget(path("a"))
    offers.accept(file, at: instant(1000))
    #expect(!offers.contains(path("a"), identity(1)))
    offers.offer(file)
    offers.accept(file, at: instant(2000))
    #expect(offers.contains(path("a"), identity(1)))
  }

  private func settledFile(_ identity: FileIdentity) -> SettledFile {
    SettledFile(
      folder: "f", path: path("a"), identity: identity, owner: 0, received: .init(milliseconds: 0),
      settled: .init(milliseconds: 0), evidence: .lease, discovery: .event)
  }
}
