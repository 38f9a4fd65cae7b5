import CLinux
import DeliveryModel
import Glibc

/// What a process has in hand, for the next one to know what a crash was about: a few numbers in a mapped file, whose
/// content outlives the process however it ends. A mark costs no system call.
///
/// It does not outlive the machine, and need not: a power cut is the fault of no file. A fault that ends the process is
/// kept there too, in a line (see ``FaultReport``).
package final class CrashMarks: Sendable {
  /// How many numbers can be in hand, one in each place; each place belongs to one thread.
  package static let places = 8

  /// What the process before had in hand when it ended without a word.
  package let left: Set<Int64>
  /// Whether that process ended so.
  package let endedUncleanly: Bool
  /// The fault that ended that process, in words; nil where it told of none.
  package let fault: String?

  /// The boot that the marks are of; whether a process runs; the places. The fault's line begins at ``faultOffset``.
  nonisolated(unsafe) private let words: UnsafeMutablePointer<Int64>
  private static let byteCount = 4096
  private static let faultOffset = 1024

  /// Opens or makes the file and begins anew; one process at a time.
  ///
  /// - Throws: what `open(2)`, `pwrite(2)` or `mmap(2)` do.
  package init(_ path: String, boot: Int64 = CrashMarks.currentBoot()) throws(SystemCallError) {
    let bytes = Array(path.utf8)
    let number = try systemCall("open", path: bytes) { clinux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600) }
    let file = OwnedDescriptor(owning: number)
    try Self.fill(file, bytes)
    let mapped = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
    guard let mapped, mapped != MAP_FAILED else { throw SystemCallError(call: "mmap", code: errno, path: bytes) }
    words = mapped.assumingMemoryBound(to: Int64.self)
    endedUncleanly = words[1] != 0
    let isCrash = words[1] != 0 && words[0] == boot
    left = Set((0..<Self.places).map { [words] in words[2 + $0] }.filter { isCrash && $0 != 0 })
    for place in 0..<Self.places { words[2 + place] = 0 }
    words[0] = boot
    words[1] = 1
    let line = UnsafeMutableRawBufferPointer(
      start: mapped + Self.faultOffset, count: Self.byteCount - Self.faultOffset)
    fault = Self.text(line)
    line.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit {
    clinux_keep_fault(nil, 0)
    munmap(words, Self.byteCount)
  }

  /// From now on the fault that ends this process is kept here. For one instance in a process.
  package func keepFault() {
    let line = UnsafeMutableRawPointer(words) + Self.faultOffset
    clinux_keep_fault(line.assumingMemoryBound(to: CChar.self), Self.byteCount - Self.faultOffset)
  }

  /// The fault that ended the process that wrote the file, while no other has opened it since.
  package static func fault(in path: String) -> String? {
    guard let bytes = try? SmallFile.read(path, limit: byteCount), bytes.count == byteCount else { return nil }
    return bytes.withUnsafeBytes { text(UnsafeRawBufferPointer(rebasing: $0[faultOffset...])) }
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

  /// Runs `work` with `number` marked as in hand.
  package func holding<Value>(_ number: Int64, in place: Int, _ work: () -> Value) -> Value {
    words[2 + place] = number
    defer { words[2 + place] = 0 }
    return work()
  }

  /// The process is about to end in order: whatever it has in hand, or takes up yet, is no one's fault.
  package func close() {
    for place in 0..<Self.places { words[2 + place] = 0 }
    words[1] = 0
  }

  /// A number that the next boot of the machine does not have; 0 where the system does not tell.
  package static func currentBoot() -> Int64 {
    let number = clinux_open("/proc/sys/kernel/random/boot_id", O_RDONLY, 0)
    guard number >= 0 else { return 0 }
    let text = (try? OwnedDescriptor(owning: number).read(upTo: 64)) ?? []
    // FNV-1a.
    let hash = text.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return Int64(bitPattern: hash)
  }
}
