import CLinux
import Glibc

/// The other side of ``ConfinedProcess``: what the process started by it does to itself, and how it hears and answers.
/// For a process with one thread.
package enum Confinement {
  /// Makes the kernel end this process with the thread that started it, which belongs to `parent`.
  package static func endWithParent(_ parent: Int32) throws(SystemCallError) {
    try systemCall("prctl") { clinux_end_with_parent(parent) }
  }

  /// From now on this process can use its memory and so many bytes more, so many seconds of the processor, its socket,
  /// and nothing else: no file, no other process, no network (`seccomp(2)`).
  package static func enter(memory: Int, seconds: Int) throws(SystemCallError) {
    try systemCall("seccomp") { clinux_confine(UInt64(memory), UInt64(seconds)) }
  }

  /// The next message of the process that started this one; nil once that is gone.
  package static func receive(limit: Int) -> [UInt8]? {
    var message = [UInt8](repeating: 0, count: limit)
    guard let count = try? systemCall("read", { read(STDIN_FILENO, &message, limit) }), count > 0 else { return nil }
    return Array(message[..<count])
  }

  /// Answers; false once the other side is gone.
  package static func send(_ message: [UInt8]) -> Bool {
    (try? systemCall("write") { write(STDIN_FILENO, message, message.count) }) != nil
  }
}

/// The memory that ``ConfinedProcess`` shares, as the process reads it.
package struct SharedContent {
  private let memory: UnsafeRawBufferPointer

  /// Maps it, and closes the descriptor it came with.
  package init() throws(SystemCallError) {
    let size = try systemCall("lseek") { lseek(STDOUT_FILENO, 0, SEEK_END) }
    let mapped = mmap(nil, size, PROT_READ, MAP_SHARED, STDOUT_FILENO, 0)
    guard let mapped, mapped != MAP_FAILED else { throw SystemCallError(call: "mmap", code: errno) }
    close(STDOUT_FILENO)
    memory = UnsafeRawBufferPointer(start: mapped, count: size)
  }

  /// A copy of these bytes; nil where they are not all within the memory.
  package func bytes(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= memory.count, count <= memory.count - offset else { return nil }
    return Array(memory[offset..<(offset + count)])
  }
}
