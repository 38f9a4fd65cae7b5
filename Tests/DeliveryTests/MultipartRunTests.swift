import AWSClients
import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct MultipartRunTests {
  private func run(_ known: [Int: UploadedPart] = [:]) throws -> MultipartRun {
    let plan = try #require(MultipartPlan(size: 250, resumingWithPartSize: 100))
    return MultipartRun(plan: plan, acknowledged: known, digests: (1...3).map { .sha256(Fixture.digest($0)) })
  }

  @Test("parts go in ascending order, each once")
  func order() throws {
    var run = try run()
    #expect([run.startPart(), run.startPart(), run.startPart(), run.startPart()] == [1, 2, 3, nil])
    #expect(run.inFlight == [1, 2, 3])
    #expect(!run.hasAllParts && !run.isIdle)
    for part in 1...3 { run.partEnded(part) }
    #expect(run.hasAllParts && run.isIdle)
  }

  @Test("acknowledged parts with the same digest are not sent again; others are")
  func resumes() throws {
    let good = UploadedPart(etag: "e", sha256: Fixture.digest(1))
    let stale = UploadedPart(etag: "e", sha256: Fixture.digest(77))
    var run = try run([1: good, 2: stale, 9: good])
    #expect([run.startPart(), run.startPart(), run.startPart()] == [2, 3, nil])
  }

  @Test("after a failure, and while completing, no part starts")
  func stops() throws {
    var failed = try run()
    #expect(failed.startPart() == 1)
    failed.fail(1, Fixture.failure(.retry))
    #expect(failed.startPart() == nil)
    var completing = try run()
    completing.announceCompletion()
    #expect(completing.startPart() == nil)
    #expect(!completing.isIdle, "that it will be sent is on its way into the journal")
    completing.completionAnnounced(until: Fixture.wall)
    #expect(completing.isIdle)
    completing.startCompleting()
    #expect(completing.startPart() == nil)
    #expect(!completing.isIdle)
    #expect(completing.completionEnded() == Fixture.wall)
    #expect(completing.isIdle && completing.completionEnded() == nil)
  }

  @Test("once mended, the parts that failed or rest go again, and no other")
  func mends() throws {
    var run = try run()
    for _ in 1...3 { _ = run.startPart() }
    for part in 1...3 { run.partEnded(part) }
    run.rest(1, StandardRetry())
    run.fail(2, Fixture.failure(.refresh))
    #expect(!run.hasAllParts)
    run.mend()
    #expect(Set([run.startPart(), run.startPart()]) == [1, 2])
    #expect(run.startPart() == nil)
  }
}

struct MultipartPlanTests {
  @Test(
    "the parts cover the file without gap or overlap, however the sizes fall",
    arguments: [(1, 100), (99, 100), (100, 100), (101, 100), (250, 100), (10_000, 1)] as [(Int64, Int64)])
  func cover(size: Int64, partSize: Int64) throws {
    let plan = try #require(MultipartPlan(size: size, preferredPartSize: partSize))
    var end: Int64 = 0
    for part in 1...plan.partCount {
      let range = plan.range(ofPart: part)
      #expect(range.offset == end && range.length > 0 && range.length <= plan.partSize)
      end += range.length
    }
    #expect(end == size)
  }

  @Test("a file that would need more than 10,000 parts gets larger ones, in whole MiB")
  func grows() throws {
    let plan = try #require(MultipartPlan(size: 1 << 40, preferredPartSize: 16 << 20))
    #expect(plan.partCount <= 10_000)
    #expect(plan.partSize == 105 << 20)
  }

  @Test("no plan for an empty file, for more than 10,000 parts of 5 GiB, or for a resumed size that does not fit")
  func impossible() {
    #expect(MultipartPlan(size: 0, preferredPartSize: 100) == nil)
    #expect(MultipartPlan(size: (50_000 << 30) + 1, preferredPartSize: 100) == nil)
    #expect(MultipartPlan(size: 50_000 << 30, preferredPartSize: 100)?.partCount == 10_000)
    #expect(MultipartPlan(size: 10_001, resumingWithPartSize: 1) == nil)
  }
}
