import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

/// What a closed circuit lets through, and how it opens again.
struct CircuitBreakerProbeTests {
  // MARK: What it costs

  @Test("a bucket that refuses everything is asked three times a folder, then by one probe at a time")
  func cost() {
    var rig = BreakerRig(folders: 10)
    var sent = 0
    func tryAll() {
      for folder in (0..<10).map(String.init) {
        var under: [Int64] = []
        for number in Int64(0)..<20 {
          let admission = rig.breaker.admission(of: folder, now: rig.now)
          let id = Int64(folder)! * 100 + number
          guard admission != .nothing, rig.admits(id, folder, as: admission)
          else {
            continue
          }
          rig.start(id, folder)
          under.append(id)
          sent += 1
        }
        for id in under { _ = rig.end(id, folder) }
      }
    }
    for _ in 0..<20 { tryAll() }
    #expect(sent == 30)
    for _ in 0..<600 {
      rig.now += .seconds(1)
      tryAll()
    }
    #expect(sent < 30 + 20, "one a minute at last")
  }

  @Test("probes come after 1 s at first and then at growing distances, never over 60 s, a service's own wish respected")
  func probeDistances() {
    var rig = BreakerRig()
    for number in Int64(1)...3 { _ = rig.fail(number) }
    var distances: [Duration] = []
    for number in Int64(4)...12 {
      let due = rig.breaker.folders["a"]?.probeAt ?? rig.now
      distances.append(due - rig.now)
      rig.now = due
      #expect(rig.fail(number) == [.probeFailed(.folder("a"))])
    }
    #expect(distances[0] >= .milliseconds(500) && distances[0] <= .seconds(1))
    #expect(zip(distances, distances.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(distances[8] > .seconds(50) && distances.allSatisfy { $0 <= .seconds(60) })
    var wished = BreakerRig()
    for number in Int64(1)...3 { _ = wished.fail(number, as: .throttle, retryAfter: .seconds(30)) }
    #expect(wished.breaker.folders["a"]?.probeAt == wished.now + .seconds(30))
  }

  @Test("what was under way when a circuit opened, and trials, put off no probe and change no verdict")
  func stragglers() {
    var rig = BreakerRig()
    for number in Int64(1)...9 { rig.start(number) }
    for number in Int64(1)...9 { _ = rig.end(number, as: .retry) }
    #expect((rig.breaker.folders["a"]?.probeAt ?? rig.now) - rig.now <= .seconds(1))
    var account = BreakerRig()
    for number in Int64(1)...5 { account.start(number) }
    _ = account.end(1, as: .blocked)
    for number in Int64(2)...5 { #expect(account.end(number, as: .retry).isEmpty) }
    #expect(account.breaker.service.opening?.kind == .blocked)
    #expect(account.breaker.service.probeAt - account.now == .seconds(60))
  }

  @Test("one probe at a time, and its success opens the folder again, once")
  func probe() {
    var rig = BreakerRig()
    for number in Int64(1)...3 { _ = rig.fail(number) }
    rig.now += .seconds(1)
    rig.start(4)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    let sent = rig.breaker.ended(4)?.begun ?? 0
    #expect(rig.breaker.succeeded(4, folder: "a", sent: sent, now: rig.now) == [.closed(.folder("a"))])
    #expect(rig.pass(5).isEmpty && rig.breaker.admission(of: "a", now: rig.now) == .anything)
  }

  @Test("a folder of which nothing passed yet has three requests under way, unless they get no answer")
  func slowStart() {
    var rig = BreakerRig()
    for number in Int64(1)...3 {
      #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
      rig.start(number)
    }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    #expect(rig.breaker.nextPatience(now: rig.now) == rig.now + CircuitBreaker.patience)
    rig.now += CircuitBreaker.patience
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "what hangs keeps nobody from being tried")
  }

  // MARK: Trials and other events

  @Test("where fewer than three are the evidence, one that never failed is tried at once, one at a time")
  func trial() {
    var rig = BreakerRig()
    rig.rest = CircuitBreaker.Rest()
    _ = rig.fail(1)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .untried)
    #expect(rig.admits(2, as: .untried))
    #expect(
      !rig.admits(1, as: .untried)
        && !rig.admits(3, isNew: false, as: .untried))
    rig.start(2)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    _ = rig.end(2)
    _ = rig.fail(3)
    #expect(!rig.admits(4, as: .untried), "three of its directory")
    #expect(rig.admits(4, in: "other", as: .untried), "none of another")
    rig.breaker.nothingToTry(in: .folder("a"))
    rig.breaker.newcomer(at: BreakerRig.place("a", ""), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    rig.breaker.newcomer(at: BreakerRig.place("a", "other"), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .untried)
    for number in Int64(4)...9 { _ = rig.fail(number, in: "other \(number)") }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing, "eight of many directories")
  }

  @Test("the service's probes take turns by folder: one that fails for ever by itself keeps no other from finding out")
  func turns() {
    var rig = BreakerRig(folders: 2)
    for (number, folder) in [(1, "a"), (2, "a"), (3, "a"), (11, "b"), (12, "b"), (13, "b")] {
      _ = rig.fail(Int64(number), folder)
    }
    #expect(rig.breaker.service.isOpen)
    rig.now += Circuit.blockedInterval
    #expect(rig.admission("a") == .anything && rig.admission("b") == .anything, "whichever is there")
    _ = rig.fail(1)
    rig.now += Circuit.blockedInterval / 2
    #expect(rig.now >= rig.breaker.service.probeAt && rig.admission("a") == .nothing && rig.admission("b") == .anything)
    _ = rig.fail(11, "b")
    rig.now += Circuit.blockedInterval / 2
    #expect(rig.admission("a") == .anything && rig.admission("b") == .nothing)
    rig.breaker.noOthers(in: .service)
    #expect(rig.admission("b") == .anything, "nothing of another waits")
    _ = rig.fail(12, "b")
    rig.now = rig.breaker.service.probeAt + Circuit.blockedInterval
    #expect(rig.admission("b") == .anything, "what could be it does not go")
  }

  @Test("a folder's probes take turns by directory")
  func turnsOfDirectories() {
    var rig = BreakerRig()
    for number in Int64(1)...3 { _ = rig.fail(number) }
    rig.now = rig.breaker.folders["a"]?.probeAt ?? rig.now
    #expect(rig.admits(1, as: .anything))
    _ = rig.fail(1)
    rig.now = rig.breaker.folders["a"]?.probeAt ?? rig.now
    #expect(!rig.admits(1, as: .anything) && rig.admits(4, in: "other", as: .anything))
    rig.breaker.noOthers(in: .folder("a"))
    #expect(rig.admits(1, as: .anything))
  }

  @Test("what is to be sent again counts like what is under way: a fault that is retried sends no more than three")
  func struggling() {
    var rig = BreakerRig()
    _ = rig.pass(50)
    for number in Int64(1)...3 {
      #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
      rig.start(number)
      rig.breaker.ended(number)
      rig.breaker.struggles(number, Fixture.failure(.retry), folder: "a")
    }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .repeated)
    #expect(rig.admits(2, as: .repeated))
    #expect(!rig.admits(4, as: .repeated))
    rig.breaker.forgotten(2)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
    _ = rig.pass(1)
    rig.start(60)
    rig.start(61)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "something passed since")
  }

  @Test("where nothing is left to try, nothing is searched for until something arrives")
  func nothingToTry() {
    var rig = BreakerRig()
    rig.rest = CircuitBreaker.Rest()
    _ = rig.fail(1)
    rig.breaker.nothingToTry(in: .folder("a"))
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    rig.breaker.newcomer(at: BreakerRig.place("a", ""), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "what one alone met is looked at again")
  }

  @Test("a closed folder of which nothing waits any more is open again; a service stays closed until something arrives")
  func nothingWaits() {
    var rig = BreakerRig()
    for number in Int64(1)...3 { _ = rig.fail(number) }
    #expect(rig.breaker.nothingToProbe(in: .folder("a"), before: nil, now: rig.now) == [.closed(.folder("a"))])
    #expect(!rig.isClosed())
    _ = rig.fail(4, as: .blocked)
    rig.now += .seconds(60)
    #expect(rig.breaker.nothingToProbe(in: .service, before: nil, now: rig.now).isEmpty)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    rig.breaker.newcomer(at: BreakerRig.place("a", ""), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
  }

  @Test("other credentials, a reload or a person's word make the probe due at once")
  func probeSoon() {
    var rig = BreakerRig()
    _ = rig.fail(1, as: .blocked)
    rig.breaker.probeSoon(now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
    for number in Int64(1)...3 { _ = rig.fail(number) }
    rig.breaker.startOver(now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
  }
}
