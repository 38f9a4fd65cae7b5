import Glibc
import TestSupport
import Testing

@testable import SystemSupport

struct CrashMarksTests {
  /// A path in a directory of its own, removed by the closure's end.
  private func withPath(_ body: (String) throws -> Void) throws {
    let directory = try TemporaryDirectory()
    try withExtendedLifetime(directory) { try body(directory.path + "/marks") }
  }

  /// A process that ends while it has numbers in hand, seen from the next one.
  private func crash(_ path: String, holding numbers: [Int64], boot: Int64 = 1) throws {
    let marks = try CrashMarks(path, boot: boot)
    // The next process opens while these are held: the file has what a killed process would leave.
    func hold(_ rest: ArraySlice<Int64>) throws {
      guard let number = rest.first else { return try copy(path) }
      try marks.holding(number) { Result { try hold(rest.dropFirst()) } }.get()
    }
    try hold(numbers[...])
    marks.close()
    try restore(path)
  }

  private func copy(_ path: String) throws { try AtomicFile.replace(path + ".left", with: bytes(path)) }

  private func restore(_ path: String) throws {
    try AtomicFile.replace(path, with: bytes(path + ".left"))
    unlink(path + ".left")
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    try OwnedDescriptor(owning: open(path, O_RDONLY | O_CLOEXEC)).read(upTo: 8192)
  }

  @Test("what a process had in hand when it was killed, the next one finds, once")
  func left() throws {
    try withPath { path in
      let first = try CrashMarks(path, boot: 1)
      #expect(first.left.isEmpty && !first.endedUncleanly)
      try crash(path, holding: [7, 1 << 40])
      let next = try CrashMarks(path, boot: 1)
      #expect(next.left == [7, 1 << 40] && next.endedUncleanly)
      #expect(try CrashMarks(path, boot: 1).left.isEmpty)
    }
  }

  @Test("what was put down is not in hand, and an end in order leaves nothing")
  func clean() throws {
    try withPath { path in
      let marks = try CrashMarks(path, boot: 1)
      #expect(marks.holding(5) { 42 } == 42)
      #expect(try CrashMarks(path, boot: 1).left.isEmpty)
      marks.close()
      #expect(try !CrashMarks(path, boot: 1).endedUncleanly)
    }
  }

  @Test("the machine's own end is the fault of no file")
  func otherBoot() throws {
    try withPath { path in
      try crash(path, holding: [7], boot: 1)
      let next = try CrashMarks(path, boot: 2)
      #expect(next.left.isEmpty && next.endedUncleanly)
    }
  }

  @Test("the fault of the process before is told once, and safe to print")
  func fault() throws {
    try withPath { path in
      let first = try CrashMarks(path)
      #expect(first.fault == nil && CrashMarks.fault(in: path) == nil)
      let file = OwnedDescriptor(owning: open(path, O_WRONLY | O_CLOEXEC))
      #expect(pwrite(file.number, "signal SEGV\u{1b}", 12, 1024) == 12)
      #expect(CrashMarks.fault(in: path) == "signal SEGV\\x1b")
      #expect(try CrashMarks(path).fault == "signal SEGV\\x1b")
      #expect(try CrashMarks(path).fault == nil)
    }
  }

  @Test("where the boot is not known, an end is the fault of no file")
  func unknownBoot() throws {
    try withPath { path in
      try crash(path, holding: [7], boot: 0)
      let next = try CrashMarks(path, boot: 0)
      #expect(next.left.isEmpty && next.endedUncleanly)
    }
  }

  @Test("an end after the order to stop is the fault of no file")
  func stopping() throws {
    try withPath { path in
      let marks = try CrashMarks(path, boot: 1)
      marks.stopping()
      try marks.holding(7) { Result { try copy(path) } }.get()
      try restore(path)
      let next = try CrashMarks(path, boot: 1)
      #expect(next.left.isEmpty && next.endedUncleanly)
    }
  }

  @Test("the service manager's first word on an end counts, and for that end alone")
  func noted() throws {
    try withPath { path in
      CrashMarks.note(.notACrash, in: path)
      try crash(path, holding: [7])
      CrashMarks.note(.notACrash, in: path)
      CrashMarks.note(.crash, in: path)
      #expect(try CrashMarks(path, boot: 1).left.isEmpty)
      try crash(path, holding: [7])
      #expect(try CrashMarks(path, boot: 1).left == [7])
    }
  }

  @Test("the kernel's want of memory is the fault of no file")
  func memory() throws {
    try withPath { path in
      try crash(path, holding: [7])
      #expect(try CrashMarks(path, boot: 1, memoryKills: (MemoryKills.count() ?? 0) + 1).left.isEmpty)
    }
  }
}

struct CrashEvidenceTests {
  private func proves(
    phase: CrashEvidence.Phase = .running, sameBoot: Bool = true, fault: String? = nil,
    observation: CrashEvidence.Observation = .none, kills: (before: Int64?, now: Int64?) = (3, 3)
  ) -> Bool {
    CrashEvidence(
      phase: phase, isSameBoot: sameBoot, fault: fault, observation: observation, memoryKills: kills
    ).provesCrash
  }

  @Test("the process's own fault is a crash, whoever saw it")
  func ownFault() {
    let fault = "signal SEGV at address 0x10, thread s3l-reader, in a function sent by process 1"
    #expect(proves(fault: fault) && proves(fault: fault, observation: .crash))
    #expect(proves(fault: fault, kills: (nil, nil)) && proves(fault: fault, kills: (3, 4)))
    #expect(proves(fault: "signal ABRT raised by itself, thread http"))
    #expect(proves(observation: .crash, kills: (nil, nil)), "too deep a fault to be told, which systemd saw")
    #expect(proves(), "nobody saw it, and all else is ruled out")
  }

  @Test("what else ends a process is no crash, and neither is what is not known")
  func notACrash() {
    let fault = "signal SEGV at address 0x10, thread s3l-reader"
    #expect(!proves(sameBoot: false) && !proves(sameBoot: false, fault: fault))
    #expect(!proves(phase: .stopping, fault: fault) && !proves(phase: .over))
    #expect(!proves(fault: "signal ABRT sent by process 1, thread http"))
    #expect(!proves(fault: "signal SEGV sent by process 1, thread http", observation: .crash))
    #expect(!proves(observation: .notACrash) && !proves(fault: fault, observation: .notACrash))
    for kills: (Int64?, Int64?) in [(3, 4), (nil, 4), (3, nil), (nil, nil)] { #expect(!proves(kills: kills)) }
  }
}

struct BootIdentityTests {
  @Test("this boot has a number, the same each time")
  func boot() {
    #expect(BootIdentity.current() != 0 && BootIdentity.current() == BootIdentity.current())
  }

  @Test("a file system in memory has a number, the same each time; another place has none")
  func memory() throws {
    let directory = try TemporaryDirectory()
    #expect(BootIdentity.ofMemory(at: "/dev/shm") == BootIdentity.ofMemory(at: "/dev/shm"))
    #expect(BootIdentity.ofMemory(at: directory.path + "/missing") == 0)
    #expect(BootIdentity.ofMemory(at: "/proc") == 0)
  }
}
