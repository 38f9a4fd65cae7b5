import DeliveryJournal
import DeliveryModel
import Glibc
import Status
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Daemon

@Suite("A run that did not end in order is told of by the next")
struct RunMarkerTests {
  let directory: TemporaryDirectory
  let marker: RunMarker
  let start = Fixture.wall
  let later = Fixture.wall + .seconds(60)

  init() throws {
    directory = try TemporaryDirectory()
    marker = RunMarker(directory: directory.path)
  }

  @Test("a first run and one after an orderly end have nothing to tell")
  func orderly() {
    #expect(marker.begin(at: start).ending == nil)
    marker.end()
    let next = marker.begin(at: later)
    #expect(next.ending == nil && !next.isNew)
  }

  @Test("a run that left its mark was killed, crashed or lost its power")
  func killed() {
    _ = marker.begin(at: start)
    let next = marker.begin(at: later)
    #expect(next.isNew)
    #expect(next.ending?.reason.contains("did not end in order") == true)
    marker.end()
    let third = marker.begin(at: later + .seconds(60))
    #expect(!third.isNew)
    #expect(third.ending == next.ending)
  }

  @Test(
    "what systemd saw is the reason", arguments: [("watchdog", "watchdog"), ("signal", "SEGV"), ("oom-kill", "memory")])
  func notedBySystemd(result: String, word: String) {
    _ = marker.begin(at: start)
    marker.note(environment: ["SERVICE_RESULT": result, "EXIT_CODE": "killed", "EXIT_STATUS": "SEGV"])
    let next = marker.begin(at: WallClock.now)
    #expect(next.isNew)
    #expect(next.ending?.reason.contains(word) == true)
  }

  @Test("a crash that could be told is the reason, whether systemd saw it or not")
  func crashed() throws {
    _ = marker.begin(at: start)
    try leave("signal SEGV")
    #expect(try marker.begin(at: later, marks: CrashMarks(marks)).ending?.reason == "it crashed: signal SEGV")
    try leave("signal BUS")
    #expect(marker.lastEnding(at: later + .seconds(1))?.reason == "it crashed: signal BUS")
    marker.note(environment: ["SERVICE_RESULT": "core-dump", "EXIT_STATUS": "BUS"])
    #expect(marker.lastEnding(at: later + .seconds(2))?.reason == "it crashed: signal BUS")
  }

  private var marks: String { directory.path + "/in-hand" }

  /// As a process that crashed leaves it.
  private func leave(_ fault: String) throws {
    withExtendedLifetime(try CrashMarks(marks)) {}
    let file = OwnedDescriptor(owning: open(marks, O_WRONLY | O_CLOEXEC))
    #expect(pwrite(file.number, fault, fault.utf8.count, 1024) == fault.utf8.count)
  }

  @Test(
    "a signal that a process brings upon itself is a crash; what else systemd sees is not",
    arguments: [
      ("signal", "SEGV", true), ("core-dump", "ABRT", true), ("signal", "KILL", false), ("signal", "TERM", false),
      ("watchdog", "ABRT", false), ("oom-kill", "KILL", false), ("timeout", "KILL", false), ("exit-code", "1", false),
      ("success", "0", false), ("resources", "", false),
    ])
  func observed(result: String, status: String, isCrash: Bool) {
    let seen = RunMarker.observation(["SERVICE_RESULT": result, "EXIT_STATUS": status])
    #expect(seen == (isCrash ? .crash : .notACrash))
    #expect(RunMarker.observation(["EXIT_STATUS": status]) == nil, "a person's shell")
  }

  @Test("a full state directory hides neither a crash nor a fault")
  func fullDirectory() throws {
    // What cannot be put in its place is as good as a full disk.
    for name in ["running", "last-unclean-exit"] { try directory.makeDirectory(name) }
    let first = try CrashMarks(marks)
    #expect(!marker.begin(at: start, marks: first).isNew)
    try leave("signal SEGV")
    let next = try marker.begin(at: later, marks: CrashMarks(marks))
    #expect(next.isNew && next.ending == RunEnding(at: later, reason: "it crashed: signal SEGV"))
    try directory.remove("running")
    try directory.write("\(later.milliseconds)\n", to: "running")
    marker.fail("the disk is full", at: later + .seconds(1))
    #expect(marker.lastEnding(at: later + .seconds(2))?.at == later + .seconds(2))
  }

  @Test("a command between the crash and the next run leaves what is known of it")
  func command() throws {
    try leave("signal SEGV")
    try StateHold(directory: directory.path, now: later, forRun: false).journal.close()
    #expect(CrashMarks.fault(in: marks) == "signal SEGV")
  }

  @Test("a run that named its fault itself keeps the last word, on one line")
  func namedItsFault() {
    _ = marker.begin(at: start)
    marker.fail("the disk\nfailed", at: later)
    marker.note(environment: ["SERVICE_RESULT": "exit-code", "EXIT_STATUS": "1"])
    let next = marker.begin(at: later)
    #expect(!next.isNew)
    #expect(next.ending == RunEnding(at: later, reason: "the disk\\nfailed"))
  }

  @Test("success is no unclean exit, and a file of nonsense is none")
  func nothingToNote() throws {
    _ = marker.begin(at: start)
    marker.note(environment: ["SERVICE_RESULT": "success"])
    marker.end()
    #expect(marker.lastEnding(at: later) == nil)
    try directory.write("nonsense", to: "last-unclean-exit")
    #expect(marker.lastEnding(at: later) == nil)
  }
}
