import Glibc
import SystemSupport
import Testing

struct ProcessStartTests {
  @Test("a process keeps its start, and another has its own")
  func own() throws {
    let own = try #require(ProcessStart.ticks(of: getpid()))
    #expect(ProcessStart.ticks(of: getpid()) == own)
    #expect(try #require(ProcessStart.ticks(of: 1)) < own)
  }

  @Test("no process, no start")
  func none() {
    #expect(ProcessStart.ticks(of: Int32.max) == nil)
  }
}
