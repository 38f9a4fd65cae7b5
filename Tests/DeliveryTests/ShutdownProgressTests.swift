import TestFixtures
import Testing

@testable import Delivery

struct ShutdownProgressTests {
  private let start = Fixture.start

  private func draining() -> ShutdownProgress {
    var progress = ShutdownProgress()
    progress.request(now: start, ShutdownProgress.Mark(answers: 5, bytes: 100))
    return progress
  }

  private func mark(_ answers: Int, _ bytes: Int64) -> ShutdownProgress.Mark {
    ShutdownProgress.Mark(answers: answers, bytes: bytes)
  }

  @Test("a running engine never finishes or expires by itself")
  func running() {
    var progress = ShutdownProgress()
    #expect(!progress.isRequested && progress.nextLook(now: start) == nil)
    #expect(!progress.isFinished(requestsInFlight: 0, commitsPending: false))
    #expect(progress.expires(now: start + .seconds(1000)) == false)
  }

  @Test(
    "it ends once no request and no commit is under way",
    arguments: [(0, false, true), (1, false, false), (0, true, false)])
  func finishing(requests: Int, commits: Bool, isFinished: Bool) {
    #expect(draining().isFinished(requestsInFlight: requests, commitsPending: commits) == isFinished)
  }

  @Test("what does not come on is cancelled once, after 8 s; a second wish to stop does not move that")
  func expiring() {
    var progress = draining()
    progress.request(now: start + .seconds(5), mark(6, 100))
    #expect(progress.nextLook(now: start) == start + .seconds(1))
    #expect(progress.looked(mark(5, 100), now: start + .seconds(7)) == false)
    #expect(progress.nextLook(now: start + .milliseconds(7500)) == start + .seconds(8))
    #expect(progress.expires(now: start + .milliseconds(7999)) == false)
    #expect(progress.expires(now: start + .seconds(8)) == true)
    #expect(progress.expires(now: start + .seconds(9)) == false)
    #expect(progress.isRequested && progress.nextLook(now: start) == nil)
    #expect(progress.isFinished(requestsInFlight: 0, commitsPending: false))
  }

  @Test("what comes on is waited for, by answers or by bytes, but no longer than 30 s")
  func comingOn() {
    var progress = draining()
    for second in 1...29 {
      let isPutOff = progress.looked(mark(5 + second % 2, 100 + Int64(second / 2)), now: start + .seconds(second))
      #expect(isPutOff)
      #expect(progress.expires(now: start + .seconds(second)) == false)
    }
    #expect(progress.expires(now: start + .seconds(30)) == true)
    #expect(progress.looked(mark(90, 900), now: start + .seconds(31)) == false)
  }

  @Test("a full disk holds up the end only until the time is up")
  func fullDisk() {
    var progress = draining()
    #expect(!progress.isFinished(requestsInFlight: 0, commitsPending: true, isDiskFull: true))
    _ = progress.expires(now: start + .seconds(8))
    #expect(progress.isFinished(requestsInFlight: 0, commitsPending: true, isDiskFull: true))
    #expect(!progress.isFinished(requestsInFlight: 0, commitsPending: true))
  }
}
