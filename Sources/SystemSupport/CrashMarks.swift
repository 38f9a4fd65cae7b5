import CLinux
import DeliveryModel
import Glibc
import Synchronization

/// What a process works on, for the next one to know what a crash was about: a few numbers in a mapped file, whose
/// content outlives the process however it ends. A mark costs no system call.
///
/// It does not outlive the machine, and need not: a power cut is the fault of no file. A fault that ends the process is
/// kept there too, in a line (see ``FaultReport``).
package final class CrashMarks: Sendable {
  /// How many numbers can be marked at once: more than there are threads that read.
  static let places = 512

  /// What the process before worked on when it crashed; empty where its end may have another cause (``CrashEvidence``).
  package let left: Set<Int64>
  /// Whether that process ended so.
  package let endedUncleanly: Bool
  /// The fault that ended that process, in words; nil where it told of none.
  package let fault: String?

  /// The words of the file, by ``Word``. The fault's line begins at ``faultOffset``.
  nonisolated(unsafe) private let words: UnsafeMutablePointer<Int64>
  private static let byteCount = 8192
  private static let faultOffset = 1024
  private static let faultSize = 3072
  /// The places that no thread uses.
  private let free = Mutex(Array(0..<places))

  /// Where each thing is, in words of 8 bytes.
  private enum Word {
    /// The boot that the marks are of (``BootIdentity``).
    static let boot = 0
    /// ``CrashEvidence/Phase``.
    static let phase = 1
    static let places = 512
    /// How many processes the kernel had ended for want of memory when the process began, and one; 0 for unknown.
    static let memoryKills = 10
    /// ``CrashEvidence/Observation``.
    static let observation = 11
  }

  /// Opens or makes the file and begins anew; one process at a time.
  ///
  /// - Throws: what `open(2)`, `pwrite(2)` or `mmap(2)` do.
  package init(
    _ path: String, boot: Int64 = BootIdentity.current(), memoryKills: Int64? = MemoryKills.count()
  ) throws(SystemCallError) {
    let bytes = Array(path.utf8)
    let number = try systemCall("open", path: bytes) {
      clinux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    }
    let file = OwnedDescriptor(owning: number)
    guard try file.status().kind == .file else { throw SystemCallError(call: "open", code: EINVAL, path: bytes) }
    try Self.fill(file, bytes)
    let mapped = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
    guard let mapped, mapped != MAP_FAILED else { throw SystemCallError(call: "mmap", code: errno, path: bytes) }
    words = mapped.assumingMemoryBound(to: Int64.self)
    let line = UnsafeMutableRawBufferPointer(
      start: mapped + Self.faultOffset, count: Self.faultSize)
    fault = Self.text(line)
    let phase = CrashEvidence.Phase(rawValue: words[Word.phase]) ?? .running
    endedUncleanly = phase != .over
    let evidence = CrashEvidence(
      phase: phase, isSameBoot: boot != 0 && words[Word.boot] == boot, fault: fault,
      observation: CrashEvidence.Observation(rawValue: words[Word.observation]) ?? .notACrash,
      memoryKills: (before: words[Word.memoryKills] == 0 ? nil : words[Word.memoryKills] - 1, now: memoryKills))
    let held = (0..<Self.places).map { [words] in words[Word.places + $0] }.filter { $0 != 0 }
    left = evidence.provesCrash ? Set(held) : []
    for place in 0..<Self.places { words[Word.places + place] = 0 }
    words[Word.boot] = boot
    words[Word.memoryKills] = memoryKills.map { $0 + 1 } ?? 0
    words[Word.observation] = CrashEvidence.Observation.none.rawValue
    line.initializeMemory(as: UInt8.self, repeating: 0)
    words[Word.phase] = CrashEvidence.Phase.running.rawValue
  }

  deinit {
    clinux_keep_fault(nil, 0)
    munmap(words, Self.byteCount)
  }

  /// From now on the fault that ends this process is kept here. For one instance in a process.
  package func keepFault() {
    let line = UnsafeMutableRawPointer(words) + Self.faultOffset
    clinux_keep_fault(line.assumingMemoryBound(to: CChar.self), Self.faultSize)
  }

  /// The fault that ended the process that wrote the file, while no other has opened it since.
  package static func fault(in path: String) -> String? {
    guard let bytes = try? SmallFile.read(path, limit: byteCount), bytes.count == byteCount else { return nil }
    return bytes.withUnsafeBytes { text(UnsafeRawBufferPointer(rebasing: $0[faultOffset..<(faultOffset + faultSize)])) }
  }

  private static func text(_ line: some Sequence<UInt8>) -> String? {
    let bytes = Array(line.prefix { $0 != 0 })
    return bytes.isEmpty ? nil : EscapedText.escape(bytes)
  }

  /// Every block must be there: a store into a hole of a full disk would end the process.
  private static func fill(_ file: borrowing OwnedDescriptor, _ path: [UInt8]) throws(SystemCallError) {
    let descriptor = file.number
    let end = try systemCall("lseek", path: path) { lseek(descriptor, 0, SEEK_END) }
    if end >= byteCount { return }
    let zeros = [UInt8](repeating: 0, count: byteCount)
    let written = try systemCall("pwrite", path: path) { pwrite(descriptor, zeros, zeros.count, 0) }
    guard written == byteCount else { throw SystemCallError(call: "pwrite", code: ENOSPC, path: path) }
  }

  /// Runs `work` with `number` marked. Where no place is left, a crash is not held against it.
  package func holding<Value>(_ number: Int64, _ work: () -> Value) -> Value {
    guard let place = free.withLock({ $0.popLast() }) else { return work() }
    words[Word.places + place] = number
    defer {
      words[Word.places + place] = 0
      free.withLock { $0.append(place) }
    }
    return work()
  }

  /// The process was asked to stop: what ends it from now on, such as the end of the time for that, is no file's fault.
  package func stopping() { words[Word.phase] = CrashEvidence.Phase.stopping.rawValue }

  /// The process is about to end in order: whatever it works on, or takes up yet, is no one's fault.
  package func close() {
    for place in 0..<Self.places { words[Word.places + place] = 0 }
    words[Word.phase] = CrashEvidence.Phase.over.rawValue
  }

  /// Writes down what the service manager saw of the end of the process whose marks these are; the first word counts, as
  /// a start that failed before it opened the marks says nothing about the process before it.
  package static func note(_ observation: CrashEvidence.Observation, in path: String) {
    guard let number = try? systemCall("open", { clinux_open(path, O_RDWR | O_NOFOLLOW, 0) }) else { return }
    let file = OwnedDescriptor(owning: number)
    let offset = off_t(Word.observation * MemoryLayout<Int64>.size)
    let size = MemoryLayout<Int64>.size
    var word: Int64 = 0
    guard lseek(file.number, 0, SEEK_END) >= byteCount, pread(file.number, &word, size, offset) == size,
      word == CrashEvidence.Observation.none.rawValue
    else { return }
    word = observation.rawValue
    _ = pwrite(file.number, &word, size, offset)
  }
}
