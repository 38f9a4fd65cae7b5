import DeliveryModel
import TestFixtures
import Testing

@testable import Delivery

struct FairQueueTests {
  private func line(_ entries: (Int64, String)...) -> FairQueue {
    var line = FairQueue()
    for (number, folder) in entries { line.append(number, folder: folder) }
    return line
  }

  private func drained(_ line: FairQueue) -> [Int64] {
    var line = line
    var numbers: [Int64] = []
    let lane = AdmissionControl(service: .s3, ceiling: 16, now: Fixture.start)
    while let number = line.popFirst(admittedBy: lane, [:], now: Fixture.start) { numbers.append(number) }
    #expect(line.isEmpty)
    return numbers
  }

  @Test("a folder's own order is kept, and the folders take turns")
  func turns() {
    #expect(drained(line((1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "c"), (6, "b"))) == [1, 4, 5, 2, 6, 3])
  }

  @Test("what is put before all others comes next, its folder once in a round")
  func prepend() {
    var line = line((1, "a"), (2, "b"), (3, "b"))
    line.prepend(9, folder: "b")
    #expect(line.count == 4)
    #expect(drained(line) == [9, 1, 2, 3])
  }

  @Test("what is removed is gone, and a folder that it leaves empty takes no turn")
  func remove() {
    var line = line((1, "a"), (2, "b"), (3, "a"))
    line.remove(2, folder: "b")
    line.remove(7, folder: "a")
    #expect(!line.contains(2, folder: "b") && line.contains(3, folder: "a"))
    #expect(line.numbers == [1, 3])
    line.append(4, folder: "b")
    #expect(drained(line) == [1, 4, 3])
  }
}
