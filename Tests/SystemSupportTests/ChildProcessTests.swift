import Glibc
import Testing

@testable import SystemSupport

@Suite("Child processes")
struct ChildProcessTests {
  private func shell(_ script: String, limit: Duration = .seconds(60)) async throws -> ChildProcess.Output {
    try await ChildProcess.run(
      ["sh", "-c", script], environment: ["PATH": "/usr/bin:/bin", "MARK": "here"], limit: limit, outputLimit: 4096)
  }

  @Test("output and status come back; the environment is the one given; what goes to standard error is not seen")
  func output() async throws {
    let output = try await shell("echo \"$MARK $HOME\"; echo noise >&2; exit 7")
    #expect(output == ChildProcess.Output(status: 7, bytes: Array("here \n".utf8)))
  }

  @Test("a signal is a status above 128")
  func signal() async throws {
    #expect(try await shell("kill -KILL $$").status == 137)
  }

  @Test("there is no input, and no descriptor of ours")
  func isolation() async throws {
    let output = try await shell("cat; ls /proc/self/fd | wc -l")
    // 0, 1, 2 and the one that ls reads the directory with.
    #expect(String(decoding: output.bytes, as: UTF8.self) == "4\n")
  }

  @Test("its input is what it is given, all of it, whether it reads it or not")
  func input() async throws {
    let input = [UInt8](repeating: 0x61, count: 300_000)
    let read = try await ChildProcess.run(
      ["wc", "-c"], environment: ["PATH": "/usr/bin:/bin"], input: input, limit: .seconds(60))
    #expect(String(decoding: read.bytes, as: UTF8.self) == "300000\n")
    let ignored = try await ChildProcess.run(
      ["true"], environment: ["PATH": "/usr/bin:/bin"], input: input, limit: .seconds(60))
    #expect(ignored.status == 0)
  }

  @Test("what does not end in time is ended, with everything it started")
  func timeout() async throws {
    let failure = await #expect(throws: ChildProcess.Failure.self) {
      try await shell("sleep 600 & sleep 600", limit: .milliseconds(50))
    }
    #expect(failure == .timeout)
  }

  @Test("one that has ended is over, whoever holds its output open; what it printed is there")
  func leftRunning() async throws {
    let output = try await shell("echo here; sleep 600 & exit 3", limit: .seconds(10))
    #expect(output == ChildProcess.Output(status: 3, bytes: Array("here\n".utf8)))
  }

  @Test("too much output ends it")
  func flood() async throws {
    let failure = await #expect(throws: ChildProcess.Failure.self) { try await shell("yes") }
    #expect(failure == .tooMuchOutput)
  }

  @Test("a program that is not there is told")
  func missing() async throws {
    let failure = await #expect(throws: ChildProcess.Failure.self) {
      try await ChildProcess.run(["/nonexistent/x"], environment: [:], limit: .seconds(5))
    }
    #expect(failure == .notStarted(SystemCallError(call: "posix_spawn", code: ENOENT)))
  }

  @Test("cancelling the task ends the program")
  func cancellation() async throws {
    let task = Task { try await shell("sleep 600") }
    task.cancel()
    let failure = await #expect(throws: ChildProcess.Failure.self) { try await task.value }
    #expect(failure == .cancelled)
  }
}
