import Glibc
import Testing

@testable import SystemSupport

@Suite("Processes without rights")
struct ConfinedProcessTests {
  /// This very test program, which knows no such argument and takes its time to say so.
  private func process() throws -> ConfinedProcess {
    try ConfinedProcess(["s3loggerd", "no-such-argument"], sharing: 4096)
  }

  @Test("one that ends in time leaves nothing behind")
  func ends() throws {
    let process = try process()
    _ = process.end(patience: .seconds(60))
    #expect(kill(process.pid, 0) == -1 && errno == ESRCH)
  }

  @Test("one that does not end in time is reaped once it has ended", .timeLimit(.minutes(1)))
  func reapedLater() async throws {
    var process = try process()
    var tries = 1
    // Where the other processor is free, one may have ended by the time that it is looked at.
    while process.end(patience: .zero) != nil, tries < 50 {
      process = try self.process()
      tries += 1
    }
    try #require(tries < 50)
    while kill(process.pid, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
    #expect(errno == ESRCH)
  }

  @Test("many that were left are all reaped, those that still run when they end", .timeLimit(.minutes(1)))
  func manyAreLeft() async throws {
    var pids: [pid_t] = []
    for number in 0..<8 {
      var pid: pid_t = 0
      let failure = ChildProcess.withCStrings(["sleep", number % 2 == 0 ? "0" : "600"]) {
        posix_spawnp(&pid, "sleep", nil, nil, $0, nil)
      }
      #expect(failure == 0)
      pids.append(pid)
      ProcessReaper.shared.leave(pid)
    }
    for pid in pids { kill(pid, SIGKILL) }
    for pid in pids {
      while kill(pid, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
    }
  }
}
