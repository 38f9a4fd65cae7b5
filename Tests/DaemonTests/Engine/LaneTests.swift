import DeliveryModel
import Testing

@testable import Daemon

struct LaneTests {
  private let start = Fixture.start

  private func lane(_ ceiling: Int) -> Lane { Lane(service: .s3, ceiling: ceiling, now: start) }

  private func fail(
    _ lane: inout Lane, _ failureClass: FailureClass, after delay: Duration = .zero, random: Double = 0.999,
    retryAfter: Duration? = nil, of number: Int64 = 1, in folder: String = ""
  ) -> Bool {
    lane.started(number, folder: folder)
    return lane.failed(
      Fixture.failure(failureClass, retryAfter: retryAfter), of: number, folder: folder, at: Fixture.wall,
      now: start + delay,
      random: random)
  }

  private func succeed(_ lane: inout Lane, of number: Int64 = 99) -> Bool {
    lane.started(number)
    return lane.succeeded(number)
  }

  @Test("an open lane has room up to its ceiling, less what is under way")
  func room() {
    var lane = lane(3)
    #expect(lane.room(now: start) == 3)
    lane.started(1)
    lane.started(1)
    #expect(lane.room(now: start) == 1)
    lane.ended(1)
    #expect(lane.room(now: start) == 2)
  }

  @Test("each throttling halves the limit, down to one", arguments: [(1, 8), (2, 4), (3, 2), (4, 1)])
  func throttle(times: Int, limit: Int) {
    var lane = lane(16)
    for _ in 0..<times { _ = fail(&lane, .throttle) }
    #expect(lane.room(now: start) == limit)
    #expect(lane.throttledAt == Fixture.wall)
  }

  @Test("a limit is never throttled below one")
  func throttleFloor() {
    var lane = lane(1)
    for _ in 0..<4 { _ = fail(&lane, .throttle) }
    #expect(lane.room(now: start) == 1)
  }

  @Test("successes give a halved limit back one at a time, and at the ceiling the throttling is over")
  func recovery() {
    var lane = lane(8)
    _ = fail(&lane, .throttle)
    _ = fail(&lane, .throttle)
    #expect(lane.room(now: start) == 2)
    var seen: [Int] = []
    for _ in 0..<60 where seen.last != 8 {
      _ = succeed(&lane)
      seen.append(lane.room(now: start))
    }
    #expect(seen.last == 8)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $1 - $0 == 0 || $1 - $0 == 1 })
    #expect(seen.count > 6, "recovery takes more than one success a step")
    #expect(lane.throttledAt == nil)
  }

  @Test("a limit never grows past its ceiling")
  func ceiling() {
    var lane = lane(4)
    for _ in 0..<20 { _ = succeed(&lane) }
    #expect(lane.room(now: start) == 4)
  }

  @Test("five failures in a row are an outage, four are not", arguments: [FailureClass.retry, .throttle])
  func outage(failureClass: FailureClass) {
    var lane = lane(16)
    for _ in 0..<4 {
      #expect(fail(&lane, failureClass) == false)
      #expect(!lane.isPaused)
    }
    #expect(fail(&lane, failureClass))
    #expect(lane.state == .paused(.outage, Fixture.failure(failureClass), since: Fixture.wall))
  }

  @Test("a success between failures starts the count again")
  func interruptedFailures() {
    var lane = lane(4)
    for _ in 0..<4 { _ = fail(&lane, .retry) }
    #expect(succeed(&lane) == false)
    for _ in 0..<4 { _ = fail(&lane, .retry) }
    #expect(!lane.isPaused)
  }

  @Test("a fault of the account pauses at once, and the probe comes a minute later")
  func blocked() {
    var lane = lane(4)
    #expect(fail(&lane, .blocked))
    #expect(lane.room(now: start + .seconds(59)) == 0)
    #expect(lane.room(now: start + .seconds(60)) == 1)
  }

  @Test(
    "faults of a file, and what one retry mends, say nothing about the service",
    arguments: [FailureClass.skew, .refresh, .restartUpload, .rehash, .unreadable, .isolated, .keyRefused, .item])
  func neutral(failureClass: FailureClass) {
    var lane = lane(4)
    for _ in 0..<10 { #expect(fail(&lane, failureClass) == false) }
    #expect(!lane.isPaused)
    #expect(lane.room(now: start) == 4)
  }

  @Test("a paused lane lets one probe go at a time")
  func oneProbe() {
    var lane = lane(8)
    _ = fail(&lane, .blocked)
    let due = start + .seconds(60)
    #expect(lane.room(now: due) == 1)
    lane.started(1)
    #expect(lane.room(now: due) == 0)
  }

  @Test("probes of an outage come after 1 s at first and then at growing distances, never over 60 s")
  func probeDistances() {
    var lane = lane(4)
    for _ in 0..<4 { _ = fail(&lane, .retry) }
    var now = Duration.zero
    var distances: [Duration] = []
    for _ in 0..<9 {
      _ = fail(&lane, .retry, after: now)
      let distance = lane.probeAt - (start + now)
      distances.append(distance)
      now += distance
    }
    #expect(distances[0] >= .milliseconds(500) && distances[0] <= .seconds(1))
    #expect(zip(distances, distances.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(distances.allSatisfy { $0 <= .seconds(60) })
    #expect(distances[8] > .seconds(50))
  }

  @Test("however many requests were under way when an outage began, the first probe comes within a second")
  func stragglers() {
    var lane = lane(32)
    for _ in 0..<32 { lane.started(1) }
    for _ in 0..<32 {
      _ = lane.failed(Fixture.failure(.retry), of: 1, at: Fixture.wall, now: start, random: 0.999)
    }
    #expect(lane.probeAt <= start + .seconds(1))
  }

  @Test("a request that was under way when the account was refused does not turn the verdict into an outage")
  func stragglerAfterBlocked() {
    var lane = lane(8)
    for _ in 0..<5 { lane.started(1) }
    _ = lane.failed(Fixture.failure(.blocked), of: 1, at: Fixture.wall, now: start, random: 0)
    #expect(lane.failed(Fixture.failure(.retry), of: 1, at: Fixture.wall, now: start, random: 0) == false)
    #expect(lane.state == .paused(.blocked, Fixture.failure(.blocked), since: Fixture.wall))
    #expect(lane.probeAt == start + .seconds(60))
  }

  @Test("a service's own wish moves the probe of an outage")
  func retryAfter() {
    var lane = lane(4)
    for _ in 0..<5 { _ = fail(&lane, .retry, random: 0, retryAfter: .seconds(30)) }
    #expect(lane.probeAt == start + .seconds(30))
  }

  @Test("a successful probe opens the lane again, once", arguments: [FailureClass.blocked, .retry])
  func reopening(failureClass: FailureClass) {
    var lane = lane(4)
    for _ in 0..<5 { _ = fail(&lane, failureClass) }
    #expect(lane.isPaused)
    #expect(succeed(&lane))
    #expect(lane.state == .open)
    #expect(succeed(&lane) == false)
    #expect(lane.room(now: start) == 4)
  }

  @Test("a pause keeps the moment it began, and tells when its kind changes")
  func kindChanges() {
    var lane = lane(4)
    for _ in 0..<5 { _ = fail(&lane, .retry) }
    lane.started(1)
    let later = Fixture.wall + .seconds(60)
    #expect(lane.failed(Fixture.failure(.blocked), of: 1, at: later, now: start + .seconds(60), random: 0) == true)
    #expect(lane.state == .paused(.blocked, Fixture.failure(.blocked), since: Fixture.wall))
  }

  @Test("a lane told that its fault is mended probes at once")
  func probeSoon() {
    var lane = lane(4)
    _ = fail(&lane, .blocked)
    lane.probeSoon(now: start + .seconds(2))
    #expect(lane.room(now: start + .seconds(2)) == 1)
  }

  @Test("a new ceiling is the limit at once, lower or higher")
  func resize() {
    var lane = lane(4)
    lane.resize(to: 2)
    #expect(lane.room(now: start) == 2)
    lane.resize(to: 64)
    #expect(lane.room(now: start) == 64)
  }

  @Test("while the service throttles, a higher ceiling is approached by successes")
  func resizeThrottled() {
    var lane = lane(4)
    _ = fail(&lane, .throttle)
    #expect(lane.room(now: start) == 2)
    lane.resize(to: 8)
    #expect(lane.room(now: start) == 2)
    for _ in 0..<40 { _ = succeed(&lane) }
    #expect(lane.room(now: start) == 8)
    lane.resize(to: 1)
    #expect(lane.room(now: start) == 1)
  }

  // MARK: Refusals

  private static let refusals = [FailureClass.refused, .unprovable]

  @Test(
    "one refused delivery pauses nothing; a second one does, and the first probe comes within a second",
    arguments: refusals)
  func twoRefused(failureClass: FailureClass) {
    var lane = lane(8)
    #expect(!fail(&lane, failureClass, of: 1))
    #expect(!lane.isPaused)
    #expect(fail(&lane, failureClass, of: 2))
    #expect(lane.state == .paused(.blocked, Fixture.failure(failureClass), since: Fixture.wall))
    #expect(lane.probeAt <= start + .seconds(1))
  }

  @Test("the only delivery, refused again with nothing passed in between, pauses the lane", arguments: refusals)
  func oneRefusedTwice(failureClass: FailureClass) {
    var lane = lane(8)
    #expect(!fail(&lane, failureClass, of: 1))
    #expect(fail(&lane, failureClass, of: 1))
  }

  @Test("refused between others that pass, deliveries never pause the lane", arguments: refusals)
  func refusedAlone(failureClass: FailureClass) {
    var lane = lane(8)
    for _ in 0..<20 {
      #expect(!fail(&lane, failureClass, of: 1))
      _ = succeed(&lane)
      #expect(!fail(&lane, failureClass, of: 2))
      #expect(!fail(&lane, failureClass, of: 1))
      _ = succeed(&lane)
    }
    #expect(!lane.isPaused)
  }

  @Test("a delivery that is refused alone counts for nothing until it succeeds; others do")
  func refusedAfterAlone() {
    var lane = lane(8)
    _ = fail(&lane, .refused, of: 1)
    _ = succeed(&lane)
    for _ in 0..<5 { #expect(!fail(&lane, .refused, of: 1), "the only one that is left holds up nobody who comes") }
    #expect(!fail(&lane, .refused, of: 2))
    #expect(fail(&lane, .refused, of: 3))
    _ = succeed(&lane, of: 1)
    #expect(!fail(&lane, .refused, of: 1))
    #expect(fail(&lane, .refused, of: 1), "it had succeeded since")
  }

  @Test("a lane where everything is refused is probed ever more seldom, at least once a minute")
  func refusedProbes() {
    var lane = lane(8)
    _ = fail(&lane, .refused, of: 1)
    _ = fail(&lane, .refused, of: 2)
    var now = lane.probeAt - start
    for number in Int64(3)..<13 {
      _ = fail(&lane, .refused, after: now, of: number)
      #expect(lane.probeAt <= start + now + .seconds(60))
      now = lane.probeAt - start
    }
    _ = fail(&lane, .refused, after: now, of: 13)
    #expect(lane.probeAt - (start + now) > .seconds(50))
  }

  // MARK: Who proves it

  @Test("what one delivery alone met is looked at again as soon as another is there; what two met is not")
  func newcomers() {
    for (numbers, isAlone) in [([Int64(1), 1, 1, 1, 1], true), ([1, 2, 1, 1, 1], false)] {
      var lane = lane(8)
      for number in numbers { _ = fail(&lane, .retry, random: 0.999, retryAfter: .seconds(3600), of: number) }
      #expect(lane.isPaused && lane.room(now: start + .seconds(1)) == 0)
      lane.newcomer(now: start + .seconds(1))
      #expect(lane.room(now: start + .seconds(1)) == (isAlone ? 1 : 0))
    }
  }

  @Test("a folder of which all is refused while others pass does not pause the lane for them again")
  func refusedFolder() {
    var lane = lane(8)
    func refuse(_ number: Int64, _ folder: String) -> Bool {
      lane.started(number, folder: folder)
      return lane.failed(
        Fixture.failure(.refused), of: number, folder: folder, at: Fixture.wall, now: start, random: 0)
    }
    #expect(!refuse(1, "a"))
    #expect(refuse(2, "a"))
    lane.started(9, folder: "b")
    let isOver = lane.succeeded(9, folder: "b")
    #expect(isOver)
    for number in Int64(3)..<60 { #expect(!refuse(number, "a")) }
    #expect(!refuse(70, "b"))
    #expect(refuse(71, "b"), "where the others are refused too, it is the service")
  }

  // MARK: Trials

  /// One file of each of five folders has failed, so that the lane is paused.
  private func pausedByOneOfEach(_ failureClass: FailureClass = .retry) -> Lane {
    var lane = lane(16)
    for number in 1...5 { _ = fail(&lane, failureClass, of: Int64(number), in: "folder \(number)") }
    #expect(lane.isPaused)
    return lane
  }

  @Test(
    "one file of each of many folders fails: others are tried at once, and those stand alone once one passes",
    arguments: [FailureClass.retry, .throttle, .unproven])
  func trial(failureClass: FailureClass) {
    var lane = pausedByOneOfEach(failureClass)
    #expect(lane.room(now: start) == 0 && lane.wantsTrial(now: start))
    #expect(
      lane.mayTry(6, folder: "folder 1") && lane.mayTry(6, folder: "other") && !lane.mayTry(1, folder: "folder 1"))
    #expect(succeed(&lane, of: 6))
    for _ in 0..<3 {
      for number in 1...5 {
        let began = fail(&lane, failureClass, of: Int64(number), in: "folder \(number)")
        #expect(!began && !lane.isPaused)
      }
      #expect(lane.room(now: start) > 0)
      _ = succeed(&lane, of: 7)
    }
  }

  @Test("of a folder nothing more is tried once three of it have failed; the others are")
  func proven() {
    var lane = pausedByOneOfEach()
    #expect(lane.provenFolders.isEmpty)
    for number in [11, 12] {
      #expect(lane.mayTry(Int64(number), folder: "folder 1"))
      _ = fail(&lane, .retry, of: Int64(number), in: "folder 1")
      #expect(lane.wantsTrial(now: start))
    }
    #expect(lane.provenFolders == ["folder 1"])
    #expect(!lane.mayTry(13, folder: "folder 1") && lane.mayTry(13, folder: "folder 2"))
  }

  @Test("one trial at a time; where nothing is left to try, none until something arrives")
  func oneAtATime() {
    var lane = pausedByOneOfEach()
    lane.started(6, folder: "other")
    #expect(!lane.wantsTrial(now: start))
    lane.ended(6)
    #expect(lane.wantsTrial(now: start))
    lane.nothingToTry()
    #expect(!lane.wantsTrial(now: start))
    lane.newcomer(now: start)
    #expect(lane.wantsTrial(now: start))
  }

  @Test("what is certainly the account's is not tried with others")
  func certain() {
    var lane = lane(16)
    _ = fail(&lane, .blocked)
    #expect(lane.isPaused && !lane.wantsTrial(now: start))
  }

  @Test("the probe of a pause counts, be it one that stood alone: the next one waits longer")
  func aloneAsProbe() {
    var lane = pausedByOneOfEach()
    _ = succeed(&lane, of: 6)
    for number in 11...15 { _ = fail(&lane, .retry, of: Int64(number), in: "folder 1") }
    #expect(lane.isPaused)
    let due = lane.probeAt
    _ = fail(&lane, .retry, after: due - start, of: 1, in: "folder 1")
    #expect(lane.probeAt > due)
  }

  @Test("what stands alone counts again where nothing passes any more")
  func alone() {
    var lane = pausedByOneOfEach()
    _ = succeed(&lane, of: 6)
    for round in 0..<3 {
      for number in 1...5 { _ = fail(&lane, .retry, of: Int64(number), in: "folder \(number)") }
      #expect(lane.isPaused == (round > 0), "round \(round)")
    }
  }
}
