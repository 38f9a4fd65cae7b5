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
    func hold(_ rest: ArraySlice<Int64>, _ place: Int) throws {
      guard let number = rest.first else { return try copy(path) }
      try marks.holding(number, in: place) { Result { try hold(rest.dropFirst(), place + 1) } }.get()
    }
    try hold(numbers[...], 0)
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
      #expect(marks.holding(5, in: 3) { 42 } == 42)
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

  @Test("this boot has a number, the same each time")
  func boot() {
    #expect(CrashMarks.currentBoot() == CrashMarks.currentBoot())
  }
}
