import AWSClients
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct AdmissionControlTests {
  private let start = Fixture.start

  private func lane(_ ceiling: Int, folders: Int = 1, proven: [String] = ["a"]) -> AdmissionControl {
    var lane = AdmissionControl(service: .s3, ceiling: ceiling, now: start)
    lane.breaker.folderCount = folders
    for (number, folder) in proven.enumerated() {
      lane.started(Int64(900 + number), of: place(folder), now: start)
      _ = lane.succeeded(Int64(900 + number), of: place(folder), size: .max, at: Fixture.wall, now: start)
    }
    return lane
  }

  private func place(_ folder: String) -> PathKey { PathKey(folder: folder, path: Fixture.path("x")) }

  /// How many requests of the folder start one after the other.
  private func started(_ lane: inout AdmissionControl, _ folder: String, from first: Int64 = 1) -> Int {
    var count = 0
    while lane.admission(of: folder, now: start) == .anything, count < 1000 {
      lane.started(first + Int64(count), of: place(folder), now: start)
      count += 1
    }
    return count
  }

  @Test("as many requests start as the limit lets, and one more for each that ends")
  func room() {
    var lane = lane(3)
    #expect(started(&lane, "a") == 3)
    lane.ended(1)
    #expect(started(&lane, "a", from: 10) == 1)
  }

  @Test("one folder's requests without an answer leave room for the others, up to the ceiling")
  func share() {
    var lane = lane(16, folders: 3, proven: ["a", "b", "c"])
    #expect(started(&lane, "a") == 12)
    #expect(started(&lane, "b", from: 100) == 4)
    #expect(started(&lane, "c", from: 200) == 0, "never beyond what the configuration says")
  }

  @Test("a folder with little under way does not wait for those that fill the present limit")
  func guaranteed() {
    var lane = lane(128, folders: 3, proven: ["a", "b", "c"])
    #expect(started(&lane, "a") == 16)
    #expect(started(&lane, "b", from: 100) == AdmissionControl.guaranteed)
    #expect(started(&lane, "c", from: 200) == AdmissionControl.guaranteed)
  }

  @Test("a throttled folder has half under way, the others as much as before")
  func throttled() {
    var lane = lane(128, folders: 2, proven: ["a", "b"])
    #expect(started(&lane, "a") == 16)
    lane.ended(1)
    lane.throttled("a", at: Fixture.wall)
    for number in Int64(2)...16 { lane.ended(number) }
    #expect(started(&lane, "a") == 8)
    for number in Int64(1)...8 { lane.ended(number) }
    #expect(started(&lane, "b", from: 100) == 16)
  }

  @Test("repetitions of one folder's requests use up no other's quota, and a success gives back")
  func quota() {
    var lane = lane(16, folders: 2)
    func repetitions(_ folder: String) -> Int {
      for count in 0..<1000 {
        var retry = StandardRetry()
        if lane.delay(&retry, after: Fixture.failure(.retry), folder, random: 0.5) == nil { return count }
      }
      return 1000
    }
    #expect(repetitions("a") == 35 && repetitions("b") == 35 && repetitions("a") == 0)
    for number in Int64(1)...14 {
      lane.started(number, of: place("a"), now: start)
      _ = lane.succeeded(number, of: place("a"), StandardRetry(), at: Fixture.wall, now: start)
    }
    #expect(repetitions("a") == 1)
  }

  @Test("folders that get no answer take no place from others, however many they are, and grow no further")
  func silent() {
    var lane = lane(16, folders: 4, proven: ["a", "b", "c"])
    #expect(started(&lane, "a") == 12 && started(&lane, "b", from: 100) == 4)
    #expect(lane.admission(of: "c", now: start) == .nothing)
    let later = start + CircuitBreaker.silence
    #expect(lane.breaker.nextPatience(now: start) == later, "the loop looks again then")
    #expect(lane.admission(of: "c", now: later) == .anything)
    #expect(lane.admission(of: "a", now: later) == .nothing && lane.admission(of: "b", now: later) == .nothing)
    lane.ended(1, now: later)
    #expect(lane.admission(of: "a", now: later) == .anything, "an answer came")
  }

  @Test("since when small requests of a folder have no answer is known, and only of those")
  func unanswered() {
    var lane = lane(16, folders: 2, proven: ["a", "b"])
    lane.started(1, of: place("a"), size: 10, now: start)
    lane.started(2, of: place("a"), size: 10, now: start + .seconds(1))
    lane.started(3, of: place("b"), size: 100 << 20, now: start)
    #expect(lane.condition.unanswered == ["a": start])
    lane.ended(1, now: start + .seconds(9))
    #expect(lane.condition.unanswered == ["a": start + .seconds(9)])
    lane.ended(2, now: start + .seconds(10))
    #expect(lane.condition.unanswered.isEmpty)
  }

  @Test("what was given up is no answer: the silence goes on with the next request")
  func givenUp() {
    var lane = lane(16, folders: 2, proven: ["a", "b"])
    lane.started(1, of: place("a"), size: 10, now: start)
    lane.ended(1, now: start + .seconds(300), isAnswer: false)
    #expect(lane.condition.unanswered.isEmpty, "nothing is under way")
    lane.started(1, of: place("a"), size: 10, now: start + .seconds(301))
    #expect(lane.condition.unanswered == ["a": start])
    lane.ended(1, now: start + .seconds(302))
    lane.started(1, of: place("a"), size: 10, now: start + .seconds(303))
    #expect(lane.condition.unanswered == ["a": start + .seconds(303)])
  }
}
