import SystemSupport
import Testing

@testable import Folders

/// What is done in a folder that has left the configuration, and may hang.
struct LaneExecutorTests {
  @Test("who waits for a folder that does not answer is let go")
  func hangs() async {
    let gate = Semaphore()
    let executor = LaneExecutor(patience: .zero)
    #expect(await executor.perform { gate.wait() } == nil)
    gate.signal()
  }

  @Test("what is done is answered")
  func answers() async {
    #expect(await LaneExecutor(patience: .seconds(60)).perform { 42 } == 42)
  }
}
