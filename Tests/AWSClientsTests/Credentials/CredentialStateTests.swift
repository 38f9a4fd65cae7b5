import AWSSigning
import DeliveryModel
import Testing

@testable import AWSClients

@Suite("Rules of the credential cache")
struct CredentialStateTests {
  private func credentials(lasting duration: Duration?) -> AWSCredentials {
    AWSCredentials(
      accessKeyID: "A", secretAccessKey: "s", sessionToken: nil, expiration: duration.map { signedAt + $0 })
  }

  private func filled(lasting duration: Duration?) -> CredentialState {
    var state = CredentialState()
    _ = state.decide(at: signedAt)
    _ = state.finish(.success(credentials(lasting: duration)), at: signedAt)
    return state
  }

  private let down = ServiceFailure(lane: .sts, failureClass: .retry, code: "down", message: "down")

  @Test(
    "the windows are 15 and 10 minutes, and shrink with a session shorter than an hour",
    arguments: [(7200, 6300, 6600), (3600, 2700, 3000), (1800, 1350, 1500), (900, 675, 750)])
  func windows(_ lifetime: Int, _ advisory: Int, _ mandatory: Int) {
    var state = filled(lasting: .seconds(lifetime))
    let old = credentials(lasting: .seconds(lifetime))
    #expect(state.decide(at: signedAt + .seconds(advisory - 1)) == .use(old))
    #expect(state.decide(at: signedAt + .seconds(advisory)) == .useAndRefresh(old))
    #expect(state.decide(at: signedAt + .seconds(mandatory - 1)) == .use(old))
    #expect(state.decide(at: signedAt + .seconds(mandatory)) == .wait)
  }

  @Test("credentials without an end are kept for ever")
  func endless() {
    var state = filled(lasting: nil)
    #expect(state.decide(at: signedAt + .seconds(1 << 40)) == .use(credentials(lasting: nil)))
  }

  @Test("a failed early renewal keeps the old ones and is tried again after a growing pause")
  func failedAdvisory() {
    var state = filled(lasting: .seconds(3600))
    let old = credentials(lasting: .seconds(3600))
    var now = signedAt + .seconds(2700)
    for pause in [1, 2, 4, 8, 16, 32, 60] {
      #expect(state.decide(at: now) == .useAndRefresh(old))
      _ = state.finish(.failure(down), at: now)
      now = now + .seconds(pause)
      #expect(state.decide(at: now + .milliseconds(-1)) == .use(old))
    }
    #expect(state.decide(at: signedAt + .seconds(3000)) == .refresh)
  }

  @Test("without usable credentials the last failure is told during the pause")
  func failedMandatory() {
    var state = CredentialState()
    #expect(state.decide(at: signedAt) == .refresh)
    #expect(state.decide(at: signedAt) == .wait)
    var asked = down
    asked.retryAfter = .seconds(10)
    _ = state.finish(.failure(asked), at: signedAt)
    #expect(state.decide(at: signedAt + .seconds(9)) == .fail(asked))
    #expect(state.decide(at: signedAt + .seconds(10)) == .refresh)
  }

  @Test("a clock that was set back does not prolong a pause")
  func clockSetBack() {
    var state = CredentialState()
    _ = state.decide(at: signedAt)
    _ = state.finish(.failure(down), at: signedAt)
    #expect(state.decide(at: signedAt + .seconds(-3600)) == .refresh)
  }

  @Test("credentials that have expired already are a failure that blocks")
  func expired() {
    var state = CredentialState()
    _ = state.decide(at: signedAt)
    let result = state.finish(.success(credentials(lasting: .zero)), at: signedAt)
    #expect(result.failure?.failureClass == .blocked)
    #expect(result.failure?.code == "expired-credentials")
    guard case .fail = state.decide(at: signedAt) else {
      Issue.record("it asks again at once")
      return
    }
  }

  @Test("only the current credentials can be invalidated")
  func invalidation() {
    var state = filled(lasting: nil)
    state.invalidate(AWSCredentials(accessKeyID: "B", secretAccessKey: "s", sessionToken: nil, expiration: nil))
    #expect(state.decide(at: signedAt) == .use(credentials(lasting: nil)))
    state.invalidate(credentials(lasting: nil))
    #expect(state.decide(at: signedAt) == .refresh)
  }

  @Test("the pause after a failure can be asked for, and ended")
  func endedPause() {
    var state = CredentialState()
    #expect(state.pause(at: signedAt) == nil)
    for _ in 0..<3 {
      _ = state.decide(at: signedAt)
      _ = state.finish(.failure(down), at: signedAt)
    }
    #expect(state.pause(at: signedAt + .seconds(1)) == .seconds(3))
    #expect(state.pause(at: signedAt + .seconds(4)) == nil)
    state.endPause()
    #expect(state.pause(at: signedAt + .seconds(1)) == nil)
    #expect(state.decide(at: signedAt + .seconds(1)) == .refresh)
  }

  @Test("what may outlast its end is used past it, also where it came expired, and asked for again")
  func outlasting() {
    var state = CredentialState()
    _ = state.decide(at: signedAt)
    let came = state.finish(.success(credentials(lasting: .seconds(-3600))), mayOutlast: true, at: signedAt)
    let prolonged = credentials(lasting: .seconds(900))
    #expect(came == .success(prolonged))
    #expect(state.decide(at: signedAt + .seconds(674)) == .use(prolonged))
    #expect(state.decide(at: signedAt + .seconds(675)) == .useAndRefresh(prolonged))
    // The metadata service is away: before the end and after it, the old ones do.
    _ = state.finish(.failure(down), at: signedAt + .seconds(676))
    #expect(state.decide(at: signedAt + .seconds(676)) == .use(prolonged))
    #expect(state.decide(at: signedAt + .seconds(1000)) == .refresh)
    let again = credentials(lasting: .seconds(1900))
    #expect(state.finish(.failure(down), at: signedAt + .seconds(1000)) == .success(again))
    #expect(state.decide(at: signedAt + .seconds(1001)) == .use(again))
  }

  @Test("what a service refused is not used past its end, and nothing else is at all")
  func notOutlasting() {
    var state = CredentialState()
    _ = state.decide(at: signedAt)
    let old = credentials(lasting: .seconds(3600))
    _ = state.finish(.success(old), mayOutlast: true, at: signedAt)
    state.invalidate(old)
    #expect(state.decide(at: signedAt + .seconds(3601)) == .refresh)
    #expect(state.finish(.failure(down), at: signedAt + .seconds(3601)) == .failure(down))
    var other = filled(lasting: .seconds(3600))
    #expect(other.decide(at: signedAt + .seconds(3600)) == .refresh)
    #expect(other.finish(.failure(down), at: signedAt + .seconds(3600)) == .failure(down))
  }
}
