import Glibc
import Synchronization
import SystemSupport
import Testing

@Suite("Threads and waiting")
struct ThreadTests {
  @Test("a signal ends a wait in another thread")
  func wakeUp() throws {
    let wake = try WakeUp()
    let woken = Atomic(false)
    let thread = try BlockingThread(named: "waiter") {
      wake.wait(until: nil)
      woken.store(true, ordering: .releasing)
    }
    wake.signal()
    thread.join()
    let result = woken.load(ordering: .acquiring)
    #expect(result)
  }

  @Test("a signal before the wait is not lost, and counts once")
  func latched() throws {
    let wake = try WakeUp()
    wake.signal()
    wake.signal()
    wake.wait(until: nil)
    #expect(DescriptorWait.ready([wake.number], until: MonotonicInstant(nanoseconds: 0)).isEmpty)
  }

  @Test("a wait ends at its deadline, not before")
  func deadline() throws {
    let deadline = MonotonicInstant.now + .milliseconds(3)
    try WakeUp().wait(until: deadline)
    #expect(MonotonicInstant.now >= deadline)
  }

  @Test("a descriptor is closed with its owner")
  func closes() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let reading = OwnedDescriptor(owning: ends[0])
    do { _ = OwnedDescriptor(owning: ends[1]) }
    let end = try reading.read(upTo: 1)
    #expect(end.isEmpty)
  }

  @Test("a beacon wakes its loop and counts its turns")
  func beacon() throws {
    let wake = try WakeUp()
    let beacon = ProgressBeacon(name: "loop", wake: wake)
    beacon.poke()
    wake.wait(until: nil)
    #expect(beacon.turns == 0)
    beacon.turned()
    #expect(beacon.turns == 1)
  }
}
