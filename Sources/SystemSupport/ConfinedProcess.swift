import CLinux
import Glibc

/// This very program, run again to work on what may be hostile: with an empty environment, without capabilities, with
/// memory that only it reads and we write, and a socket for short messages. What it may do itself: see ``Confinement``.
///
/// One thread uses it, and starts it: when that thread ends, so does the process.
package final class ConfinedProcess {
  /// What came of a message.
  package enum Reply: Equatable {
    case message([UInt8])
    /// It said more than it may.
    case tooLong
    case noAnswer
    /// It ended, or closed its socket.
    case ended
  }

  let pid: pid_t
  private let socket: OwnedDescriptor
  private let exit: OwnedDescriptor
  private let memory: UnsafeMutableRawBufferPointer
  private var isOver = false

  /// Starts it. `arguments`: its name, and what it is to know; `size`: the bytes of memory that are shared.
  package init(_ arguments: [String], sharing size: Int) throws(SystemCallError) {
    var mapping: UnsafeMutableRawPointer?
    let content = OwnedDescriptor(
      owning: try systemCall("memfd_create") { clinux_shared_memory(size, &mapping) })
    memory = UnsafeMutableRawBufferPointer(start: mapping, count: size)
    do throws(SystemCallError) {
      var ends: [Int32] = [-1, -1]
      try systemCall("socketpair") { clinux_message_pair(&ends) }
      socket = OwnedDescriptor(owning: ends[0])
      let theirs = OwnedDescriptor(owning: ends[1])
      let started = ChildProcess.withCStrings(arguments) { clinux_spawn_self($0, theirs.number, content.number) }
      guard started > 0 else { throw SystemCallError(call: "posix_spawn", code: -started) }
      pid = started
      do throws(SystemCallError) {
        exit = OwnedDescriptor(owning: try systemCall("pidfd_open") { clinux_pidfd(started) })
      } catch {
        kill(started, SIGKILL)
        ProcessReaper.shared.leave(started)
        throw error
      }
    } catch {
      munmap(mapping, size)
      throw error
    }
  }

  deinit {
    _ = end()
    munmap(memory.baseAddress, memory.count)
  }

  /// Bytes that are shared.
  package var capacity: Int { memory.count }

  /// Puts bytes where the process reads them. They have to fit.
  package func share(_ bytes: [UInt8], at offset: Int) {
    UnsafeMutableRawBufferPointer(rebasing: memory[offset..<(offset + bytes.count)]).copyBytes(from: bytes)
  }

  /// Sends a message, of a few thousand bytes at most, and waits for one answer. One question at a time.
  package func ask(_ message: [UInt8], limit: Int, until deadline: MonotonicInstant) -> Reply {
    while send(socket.number, message, message.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) < 0 {
      if errno != EINTR { return errno == EAGAIN ? .noAnswer : .ended }
    }
    return receive(limit: limit, until: deadline)
  }

  /// Waits for a message that it sends by itself.
  package func receive(limit: Int, until deadline: MonotonicInstant) -> Reply {
    guard !DescriptorWait.ready([socket.number], until: deadline).isEmpty else { return .noAnswer }
    // One byte more than it may say tells whether it did.
    var answer = [UInt8](repeating: 0, count: limit + 1)
    let count = recv(socket.number, &answer, answer.count, Int32(MSG_DONTWAIT))
    if count <= 0 { return .ended }
    return count > limit ? .tooLong : .message(Array(answer[..<count]))
  }

  /// Ends it at once. How it had ended by itself: its exit status, or 128 and the signal; nil where it was still there.
  ///
  /// Not waited for longer than `patience`: where the disk hangs that holds the program, the kernel keeps the process.
  package func end(patience: Duration = .seconds(1)) -> Int32? {
    if isOver { return nil }
    isOver = true
    // Where it closed its socket it is about to end.
    let hadEnded = !DescriptorWait.ready([exit.number], until: .now + .milliseconds(20)).isEmpty
    kill(pid, SIGKILL)
    let status = ProcessReaper.shared.reap(pid, exit.number, within: patience)
    return hadEnded ? status : nil
  }
}
