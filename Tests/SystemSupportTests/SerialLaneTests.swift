import Synchronization
import SystemSupport
import Testing

@Suite("Serial lanes")
struct SerialLaneTests {
  @Test("work is done in order, each piece after the one before")
  func order() {
    let lane = SerialLane(named: "lane")
    let done = Mutex<[Int]>([])
    let end = Semaphore()
    for number in 0..<1000 {
      lane.run {
        done.withLock { $0.append(number) }
        if number == 999 { end.signal() }
      }
    }
    end.wait()
    #expect(done.withLock { $0 } == Array(0..<1000))
  }

  @Test("a thread that has ended for want of work is followed by another, and nothing is left out")
  func restarts() {
    let lane = SerialLane(named: "lane", rest: .microseconds(1))
    let count = Atomic(0)
    let end = Semaphore()
    for _ in 0..<2000 {
      lane.run {
        count.add(1, ordering: .relaxed)
        end.signal()
      }
      end.wait()
    }
    #expect(count.load(ordering: .relaxed) == 2000)
  }

  @Test("what is asked for from many threads is all done")
  func crowd() async {
    let lane = SerialLane(named: "lane", rest: .microseconds(1))
    let end = Semaphore()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 { group.addTask { for _ in 0..<20 { lane.run { end.signal() } } } }
    }
    for _ in 0..<1000 { end.wait() }
  }

  @Test("one that hangs holds up no other")
  func hangs() {
    let (release, end) = (Semaphore(), Semaphore())
    let hanging = SerialLane(named: "lane")
    hanging.run { release.wait() }
    hanging.run { end.signal() }
    SerialLane(named: "lane").run { end.signal() }
    end.wait()
    release.signal()
    end.wait()
  }
}
