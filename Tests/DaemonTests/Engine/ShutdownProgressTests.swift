import Testing

@testable import Daemon

struct ShutdownProgressTests {
  private let deadline = Fixture.start + .seconds(8)

  @Test("a running engine never finishes or expires by itself")
  func running() {
    var progress = ShutdownProgress()
    #expect(!progress.isRequested && progress.deadline == nil)
    #expect(!progress.isFinished(requestsInFlight: 0, commitsPending: false))
    #expect(progress.expires(now: deadline) == false)
  }

  @Test(
    "it ends once no request and no commit is under way",
    arguments: [(0, false, true), (1, false, false), (0, true, false)])
  func finishing(requests: Int, commits: Bool, isFinished: Bool) {
    var progress = ShutdownProgress()
    progress.request(until: deadline)
    #expect(progress.isFinished(requestsInFlight: requests, commitsPending: commits) == isFinished)
  }

  @Test("what is left is cancelled once, at the deadline; a second wish to stop does not move it")
  func expiring() {
    var progress = ShutdownProgress()
    progress.request(until: deadline)
    progress.request(until: deadline + .seconds(60))
    #expect(progress.deadline == deadline)
    #expect(progress.expires(now: deadline - .milliseconds(1)) == false)
    #expect(progress.expires(now: deadline) == true)
    #expect(progress.expires(now: deadline + .seconds(1)) == false)
    #expect(progress.isRequested && progress.deadline == nil)
    #expect(progress.isFinished(requestsInFlight: 0, commitsPending: false))
  }
}
