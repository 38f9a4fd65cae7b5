import Glibc
import SystemSupport
import TestSupport
import Testing

@Suite("Changes of a directory")
struct DirectoryChangesTests {
  private let directory: TemporaryDirectory
  private let changes: DirectoryChanges
  private let change: WakeUp
  private let deadline = MonotonicInstant.now + .seconds(30)

  init() throws {
    directory = try TemporaryDirectory()
    try directory.makeDirectory("commands")
    changes = try DirectoryChanges(directory.path + "/commands", named: "test")
    change = try WakeUp()
  }

  private func watched(_ body: () throws -> Void) throws {
    let thread = try BlockingThread(named: "test") { changes.forEachChange { change.signal() } }
    change.wait(until: deadline)
    let outcome = Result { try body() }
    changes.end()
    thread.join()
    try outcome.get()
  }

  private func expectChange(_ comment: Comment) {
    change.wait(until: deadline)
    #expect(MonotonicInstant.now < deadline, comment)
  }

  @Test("a file that arrives is told")
  func arrival() throws {
    try watched {
      try directory.write("", to: "commands/a")
      expectChange("a file")
    }
  }

  @Test("a directory that is made anew is watched")
  func replaced() throws {
    try watched {
      try directory.makeDirectory("other")
      #expect(rename(directory.path + "/other", directory.path + "/commands") == 0)
      expectChange("the new directory")
      try directory.write("", to: "commands/a")
      expectChange("a file in the new directory")
    }
  }

  @Test("one that is missing is looked for until it is there")
  func missing() throws {
    #expect(rmdir(directory.path + "/commands") == 0)
    try watched {
      try directory.makeDirectory("commands")
      try directory.write("", to: "commands/a")
      expectChange("a file")
    }
  }

  @Test("asked for a proof of life, the loop comes round, and that is no change")
  func beacon() throws {
    try watched {
      let turns = changes.beacon.turns
      changes.beacon.poke()
      while changes.beacon.turns == turns, MonotonicInstant.now < deadline { sched_yield() }
      #expect(changes.beacon.turns > turns)
    }
  }
}
