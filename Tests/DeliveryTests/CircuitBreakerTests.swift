import DeliveryModel
import Testing

@testable import Delivery

struct CircuitBreakerTests {
  private static let evidence = [FailureClass.refused, .unprovable, .retry, .throttle, .unproven]

  // MARK: How far it reaches

  @Test("three different deliveries of a folder are evidence about it, and no other folder waits", arguments: evidence)
  func folder(failureClass: FailureClass) {
    var rig = BreakerRig()
    _ = rig.pass(50, "b")
    #expect(rig.fail(1, as: failureClass).isEmpty && rig.fail(2, as: failureClass).isEmpty)
    #expect(!rig.isClosed())
    let changes = rig.fail(3, as: failureClass)
    #expect(changes.count == 1 && changes.first?.isOpening(.folder("a")) == true)
    #expect(
      !rig.admits(4, as: rig.breaker.admission(of: "a", now: rig.now)))
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .anything)
  }

  @Test("the same delivery again and again is no evidence while others of its folder wait")
  func sameAgain() {
    var rig = BreakerRig()
    for _ in 0..<9 { #expect(rig.fail(1).isEmpty) }
    #expect(!rig.isClosed())
  }

  @Test("all that a folder has under way is evidence, be it one")
  func onlyOne() {
    var rig = BreakerRig()
    _ = rig.pass(50, "b")
    rig.rest = CircuitBreaker.Rest()
    #expect(rig.fail(1).first?.isOpening(.folder("a")) == true)
  }

  @Test("where a folder has two directories, evidence comes from both")
  func directories() {
    var rig = BreakerRig()
    rig.rest.hasOtherDirectory = true
    _ = rig.pass(50, "b")
    for number in Int64(1)...6 { #expect(rig.fail(number, in: "rossi").isEmpty) }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "the other directory has to be tried")
    for number in Int64(11)...19 { #expect(rig.fail(number, in: "rossi").isEmpty) }
    #expect(!rig.fail(7, in: "bianchi").isEmpty && rig.isClosed(), "however many of the one had failed before")
  }

  @Test("a success of a request sent after the first failure takes the evidence away; one sent before does not")
  func successBetween() {
    var rig = BreakerRig()
    rig.start(9)
    _ = rig.fail(1)
    _ = rig.fail(2)
    let sent = rig.breaker.ended(9)?.begun ?? 0
    _ = rig.breaker.succeeded(9, folder: "a", sent: sent, now: rig.now)
    #expect(rig.breaker.folders["a"]?.failed.count == 2)
    _ = rig.pass(10)
    #expect(rig.breaker.folders["a"] == nil)
    #expect(rig.fail(3).isEmpty && rig.fail(4).isEmpty)
  }

  @Test("a delivery that failed before others passed stands alone: it proves nothing until it succeeds")
  func alone() {
    var rig = BreakerRig()
    for number in Int64(1)...2 { _ = rig.fail(number) }
    _ = rig.pass(3)
    for _ in 0..<9 { for number in Int64(1)...2 { #expect(rig.fail(number).isEmpty) } }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
    rig.rest = CircuitBreaker.Rest(numbers: [1, 2])
    #expect(rig.fail(4).first?.isOpening(.folder("a")) == true, "the only other one fails too")
  }

  @Test("nor while the service is closed: then too it is no evidence about its folder")
  func aloneWhileClosed() {
    var rig = BreakerRig()
    for number in Int64(1)...2 { _ = rig.fail(number) }
    _ = rig.pass(3)
    rig.start(1)
    rig.start(2)
    _ = rig.fail(9, "b", as: .blocked)
    #expect(rig.breaker.service.isOpen)
    for number in Int64(1)...2 { _ = rig.end(number) }
    #expect(rig.breaker.folders["a"] == nil)
  }

  @Test("what is known of a folder that is configured no more is forgotten, and which were closed is said")
  func keep() {
    var rig = BreakerRig()
    _ = rig.pass(50, "b")
    for number in Int64(1)...3 { _ = rig.fail(number) }
    #expect(rig.isClosed())
    #expect(rig.breaker.keep(["a", "b"]).isEmpty && rig.isClosed())
    #expect(rig.breaker.keep(["b"]) == ["a"] && !rig.isClosed())
    #expect(rig.breaker.closedFolders.isEmpty && rig.breaker.lastTried["a"] == nil)
  }

  @Test("of those that stand alone no more than two are under way in a folder, whatever waits")
  func fewAlone() {
    var rig = BreakerRig()
    for number in Int64(1)...2 { _ = rig.fail(number) }
    _ = rig.pass(4)
    _ = rig.fail(3)
    _ = rig.pass(4)
    rig.start(1)
    rig.start(2)
    #expect(
      !rig.admits(3, isNew: false, as: .anything)
        && rig.admits(5, as: .anything))
  }

  @Test("a service is down once all that was tried of late is; a folder that was not tried finds out by itself")
  func service() {
    var rig = BreakerRig()
    for number in Int64(1)...3 { _ = rig.fail(number, "a") }
    #expect(rig.breaker.folders["a"]?.isOpen == true && !rig.breaker.service.isOpen, "one folder proves itself alone")
    for number in Int64(11)...12 { _ = rig.fail(number, "b") }
    let changes = rig.fail(13, "b")
    #expect(changes.contains { $0.isOpening(.folder("b")) } && changes.contains { $0.isOpening(.service) })
    #expect(
      !rig.admits(4, as: rig.breaker.admission(of: "a", now: rig.now)))
    #expect(rig.breaker.admission(of: "c", now: rig.now) == .untried)
    #expect(rig.pass(21, "c") == [.closed(.service)])
    #expect(rig.breaker.admission(of: "c", now: rig.now) == .anything)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "its probe is due at once")
  }

  @Test("with one folder configured its circuit is the service's, and told once")
  func oneFolder() {
    var rig = BreakerRig(folders: 1)
    for number in Int64(1)...2 { _ = rig.fail(number) }
    let changes = rig.fail(3)
    #expect(changes.count == 1 && changes.first?.isOpening(.service) == true)
    rig.now += .seconds(1)
    #expect(rig.pass(4) == [.closed(.service)])
  }

  @Test(
    "where no byte of a request leaves, one delivery proves it for all",
    arguments: ["transport-resolve", "transport-connect", "transport-tls"])
  func unreachable(code: String) {
    var rig = BreakerRig()
    #expect(rig.fail(1, as: .retry, code: code).first?.isOpening(.service) == true)
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .nothing)
    rig.now += .seconds(1)
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .anything)
  }

  @Test("a fault of the account closes all at once, and the probe comes a minute later")
  func account() {
    var rig = BreakerRig()
    #expect(rig.fail(1, as: .blocked).first?.isOpening(.service) == true)
    rig.now += .seconds(59)
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .nothing)
    rig.now += .seconds(1)
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .anything)
  }

  @Test(
    "faults of a file, and what one retry repairs, say nothing about anything",
    arguments: [FailureClass.skew, .refresh, .restartUpload, .rehash, .unreadable, .isolated, .keyRefused, .item])
  func neutral(failureClass: FailureClass) {
    var rig = BreakerRig()
    rig.rest = CircuitBreaker.Rest()
    for number in Int64(1)...9 { #expect(rig.fail(number, as: failureClass).isEmpty) }
    #expect(!rig.isClosed())
  }
}
