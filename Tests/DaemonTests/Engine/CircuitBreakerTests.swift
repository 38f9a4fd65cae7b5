import DeliveryModel
import Testing

@testable import Daemon

struct CircuitBreakerTests {
  private let start = Fixture.start

  /// A breaker, and what a request of it looks like from outside.
  private struct Rig {
    var breaker = CircuitBreaker(now: Fixture.start)
    var now = Fixture.start
    /// What else of the failing folder is in memory.
    var rest = CircuitBreaker.Rest(numbers: [1000])

    init(folders: Int = 5) { breaker.folderCount = folders }

    mutating func start(_ number: Int64, _ folder: String = "a", in directory: String = "") {
      breaker.started(number, of: Self.place(folder, directory), now: now)
    }

    static func place(_ folder: String, _ directory: String) -> PathKey {
      PathKey(folder: folder, path: Fixture.path(directory.isEmpty ? "x" : directory + "/x"))
    }

    /// Sent and failed for good.
    mutating func fail(
      _ number: Int64, _ folder: String = "a", in directory: String = "", as failureClass: FailureClass = .refused,
      code: String = "Code", retryAfter: Duration? = nil
    ) -> [CircuitBreaker.Change] {
      start(number, folder, in: directory)
      return end(number, folder, in: directory, as: failureClass, code: code, retryAfter: retryAfter)
    }

    mutating func end(
      _ number: Int64, _ folder: String = "a", in directory: String = "", as failureClass: FailureClass = .refused,
      code: String = "Code", retryAfter: Duration? = nil
    ) -> [CircuitBreaker.Change] {
      breaker.ended(number)
      return breaker.failed(
        Fixture.failure(failureClass, code: code, retryAfter: retryAfter), of: number,
        at: Self.place(folder, directory), rest: rest, wall: Fixture.wall, now: now, random: 0.999)
    }

    mutating func pass(_ number: Int64, _ folder: String = "a") -> [CircuitBreaker.Change] {
      start(number, folder)
      let sent = breaker.ended(number)?.begun ?? 0
      return breaker.succeeded(number, folder: folder, sent: sent, now: now)
    }

    func isClosed(_ folder: String = "a") -> Bool {
      breaker.service.isOpen || breaker.folders[folder]?.isOpen == true
    }
  }

  private static let evidence = [FailureClass.refused, .unprovable, .retry, .throttle, .unproven]

  // MARK: How far it reaches

  @Test("three different deliveries of a folder are evidence about it, and no other folder waits", arguments: evidence)
  func folder(failureClass: FailureClass) {
    var rig = Rig()
    _ = rig.pass(50, "b")
    #expect(rig.fail(1, as: failureClass).isEmpty && rig.fail(2, as: failureClass).isEmpty)
    #expect(!rig.isClosed())
    let changes = rig.fail(3, as: failureClass)
    #expect(changes.count == 1 && changes.first?.isOpening(.folder("a")) == true)
    #expect(!rig.breaker.admits(4, at: Rig.place("a", ""), isNew: true, rig.breaker.admission(of: "a", now: rig.now)))
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .anything)
  }

  @Test("the same delivery again and again is no evidence while others of its folder wait")
  func sameAgain() {
    var rig = Rig()
    for _ in 0..<9 { #expect(rig.fail(1).isEmpty) }
    #expect(!rig.isClosed())
  }

  @Test("all that a folder has under way is evidence, be it one")
  func onlyOne() {
    var rig = Rig()
    _ = rig.pass(50, "b")
    rig.rest = CircuitBreaker.Rest()
    #expect(rig.fail(1).first?.isOpening(.folder("a")) == true)
  }

  @Test("where a folder has two directories, evidence comes from both")
  func directories() {
    var rig = Rig()
    rig.rest.hasOtherDirectory = true
    _ = rig.pass(50, "b")
    for number in Int64(1)...6 { #expect(rig.fail(number, in: "rossi").isEmpty) }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "the other directory has to be tried")
    for number in Int64(11)...19 { #expect(rig.fail(number, in: "rossi").isEmpty) }
    #expect(!rig.fail(7, in: "bianchi").isEmpty && rig.isClosed(), "however many of the one had failed before")
  }

  @Test("a success of a request sent after the first failure takes the evidence away; one sent before does not")
  func successBetween() {
    var rig = Rig()
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
    var rig = Rig()
    for number in Int64(1)...2 { _ = rig.fail(number) }
    _ = rig.pass(3)
    for _ in 0..<9 { for number in Int64(1)...2 { #expect(rig.fail(number).isEmpty) } }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
    rig.rest = CircuitBreaker.Rest(numbers: [1, 2])
    #expect(rig.fail(4).first?.isOpening(.folder("a")) == true, "the only other one fails too")
  }

  @Test("nor while the service is closed: then too it is no evidence about its folder")
  func aloneWhileClosed() {
    var rig = Rig()
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
    var rig = Rig()
    _ = rig.pass(50, "b")
    for number in Int64(1)...3 { _ = rig.fail(number) }
    #expect(rig.isClosed())
    #expect(rig.breaker.keep(["a", "b"]).isEmpty && rig.isClosed())
    #expect(rig.breaker.keep(["b"]) == ["a"] && !rig.isClosed())
    #expect(rig.breaker.closedFolders.isEmpty && rig.breaker.lastTried["a"] == nil)
  }

  @Test("of those that stand alone no more than two are under way in a folder, whatever waits")
  func fewAlone() {
    var rig = Rig()
    for number in Int64(1)...2 { _ = rig.fail(number) }
    _ = rig.pass(4)
    _ = rig.fail(3)
    _ = rig.pass(4)
    rig.start(1)
    rig.start(2)
    #expect(
      !rig.breaker.admits(3, at: Rig.place("a", ""), isNew: false, .anything)
        && rig.breaker.admits(5, at: Rig.place("a", ""), isNew: true, .anything))
  }

  @Test("a service is down once all that was tried of late is; a folder that was not tried finds out by itself")
  func service() {
    var rig = Rig()
    for number in Int64(1)...3 { _ = rig.fail(number, "a") }
    #expect(rig.breaker.folders["a"]?.isOpen == true && !rig.breaker.service.isOpen, "one folder proves itself alone")
    for number in Int64(11)...12 { _ = rig.fail(number, "b") }
    let changes = rig.fail(13, "b")
    #expect(changes.contains { $0.isOpening(.folder("b")) } && changes.contains { $0.isOpening(.service) })
    #expect(!rig.breaker.admits(4, at: Rig.place("a", ""), isNew: true, rig.breaker.admission(of: "a", now: rig.now)))
    #expect(rig.breaker.admission(of: "c", now: rig.now) == .untried)
    #expect(rig.pass(21, "c") == [.closed(.service)])
    #expect(rig.breaker.admission(of: "c", now: rig.now) == .anything)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "its probe is due at once")
  }

  @Test("with one folder configured its circuit is the service's, and told once")
  func oneFolder() {
    var rig = Rig(folders: 1)
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
    var rig = Rig()
    #expect(rig.fail(1, as: .retry, code: code).first?.isOpening(.service) == true)
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .nothing)
    rig.now += .seconds(1)
    #expect(rig.breaker.admission(of: "b", now: rig.now) == .anything)
  }

  @Test("a fault of the account closes all at once, and the probe comes a minute later")
  func account() {
    var rig = Rig()
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
    var rig = Rig()
    rig.rest = CircuitBreaker.Rest()
    for number in Int64(1)...9 { #expect(rig.fail(number, as: failureClass).isEmpty) }
    #expect(!rig.isClosed())
  }

  // MARK: What it costs

  @Test("a bucket that refuses everything is asked three times a folder, then by one probe at a time")
  func cost() {
    var rig = Rig(folders: 10)
    var sent = 0
    func tryAll() {
      for folder in (0..<10).map(String.init) {
        var under: [Int64] = []
        for number in Int64(0)..<20 {
          let admission = rig.breaker.admission(of: folder, now: rig.now)
          let id = Int64(folder)! * 100 + number
          guard admission != .nothing, rig.breaker.admits(id, at: Rig.place(folder, ""), isNew: true, admission) else {
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
    var rig = Rig()
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
    var wished = Rig()
    for number in Int64(1)...3 { _ = wished.fail(number, as: .throttle, retryAfter: .seconds(30)) }
    #expect(wished.breaker.folders["a"]?.probeAt == wished.now + .seconds(30))
  }

  @Test("what was under way when a circuit opened, and trials, put off no probe and change no verdict")
  func stragglers() {
    var rig = Rig()
    for number in Int64(1)...9 { rig.start(number) }
    for number in Int64(1)...9 { _ = rig.end(number, as: .retry) }
    #expect((rig.breaker.folders["a"]?.probeAt ?? rig.now) - rig.now <= .seconds(1))
    var account = Rig()
    for number in Int64(1)...5 { account.start(number) }
    _ = account.end(1, as: .blocked)
    for number in Int64(2)...5 { #expect(account.end(number, as: .retry).isEmpty) }
    #expect(account.breaker.service.opening?.kind == .blocked)
    #expect(account.breaker.service.probeAt - account.now == .seconds(60))
  }

  @Test("one probe at a time, and its success opens the folder again, once")
  func probe() {
    var rig = Rig()
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
    var rig = Rig()
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
    var rig = Rig()
    rig.rest = CircuitBreaker.Rest()
    _ = rig.fail(1)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .untried)
    #expect(rig.breaker.admits(2, at: Rig.place("a", ""), isNew: true, .untried))
    #expect(
      !rig.breaker.admits(1, at: Rig.place("a", ""), isNew: true, .untried)
        && !rig.breaker.admits(3, at: Rig.place("a", ""), isNew: false, .untried))
    rig.start(2)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    _ = rig.end(2)
    _ = rig.fail(3)
    #expect(!rig.breaker.admits(4, at: Rig.place("a", ""), isNew: true, .untried), "three of its directory")
    #expect(rig.breaker.admits(4, at: Rig.place("a", "other"), isNew: true, .untried), "none of another")
    rig.breaker.nothingToTry(in: .folder("a"))
    rig.breaker.newcomer(at: Rig.place("a", ""), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    rig.breaker.newcomer(at: Rig.place("a", "other"), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .untried)
    for number in Int64(4)...9 { _ = rig.fail(number, in: "other \(number)") }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing, "eight of many directories")
  }

  @Test("what is to be sent again counts like what is under way: a fault that is retried sends no more than three")
  func struggling() {
    var rig = Rig()
    _ = rig.pass(50)
    for number in Int64(1)...3 {
      #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
      rig.start(number)
      rig.breaker.ended(number)
      rig.breaker.struggles(number, Fixture.failure(.retry), folder: "a")
    }
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .repeated)
    #expect(rig.breaker.admits(2, at: Rig.place("a", ""), isNew: true, .repeated))
    #expect(!rig.breaker.admits(4, at: Rig.place("a", ""), isNew: true, .repeated))
    rig.breaker.forgotten(2)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
    _ = rig.pass(1)
    rig.start(60)
    rig.start(61)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "something passed since")
  }

  @Test("where nothing is left to try, nothing is searched for until something arrives")
  func nothingToTry() {
    var rig = Rig()
    rig.rest = CircuitBreaker.Rest()
    _ = rig.fail(1)
    rig.breaker.nothingToTry(in: .folder("a"))
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    rig.breaker.newcomer(at: Rig.place("a", ""), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything, "what one alone met is looked at again")
  }

  @Test("a closed folder of which nothing waits any more is open again; a service stays closed until something arrives")
  func nothingWaits() {
    var rig = Rig()
    for number in Int64(1)...3 { _ = rig.fail(number) }
    #expect(rig.breaker.nothingToProbe(in: .folder("a"), before: nil, now: rig.now) == [.closed(.folder("a"))])
    #expect(!rig.isClosed())
    _ = rig.fail(4, as: .blocked)
    rig.now += .seconds(60)
    #expect(rig.breaker.nothingToProbe(in: .service, before: nil, now: rig.now).isEmpty)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .nothing)
    rig.breaker.newcomer(at: Rig.place("a", ""), now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
  }

  @Test("other credentials, a reload or a person's word make the probe due at once")
  func probeSoon() {
    var rig = Rig()
    _ = rig.fail(1, as: .blocked)
    rig.breaker.probeSoon(now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
    for number in Int64(1)...3 { _ = rig.fail(number) }
    rig.breaker.startOver(now: rig.now)
    #expect(rig.breaker.admission(of: "a", now: rig.now) == .anything)
  }
}

extension CircuitBreaker.Change {
  fileprivate func isOpening(_ scope: CircuitBreaker.Scope) -> Bool {
    if case .opened(scope, _) = self { true } else { false }
  }
}
