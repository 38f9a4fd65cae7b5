import CLinux
import Glibc

/// This very program, run again with our rights, to make calls that may never return. Whoever starts it waits for its lines
/// as long as they like, and for its end never: the kernel keeps a process, killed or not, for as long as a share hangs that
/// it asked something of. It holds none of our descriptors, so that nobody who reads our output waits for it either, and
/// begins in the root directory: ours may hang, and libraries look into it before the program has a say.
package final class SideProcess {
  /// What came of waiting for a line.
  package enum News: Equatable {
    /// Without its end.
    case line([UInt8])
    case nothing
    /// It ended, or says more than it may.
    case ended
  }

  private static let longestLine = 64 << 20

  private let pid: pid_t
  private let output: OwnedDescriptor
  private var buffer: [UInt8] = []

  /// Starts it. `arguments`: its name, and what it is to know; `input`: what it reads from its standard input.
  package init(_ arguments: [String], input: [UInt8]) throws(SystemCallError) {
    let file = OwnedDescriptor(owning: try ChildProcess.memoryFile(input))
    var number: Int32 = -1
    let started = ChildProcess.withCStrings(arguments) { clinux_spawn_beside($0, file.number, &number) }
    guard started > 0 else { throw SystemCallError(call: "posix_spawn", code: -started) }
    pid = started
    output = OwnedDescriptor(owning: number)
  }

  deinit {
    kill(pid, SIGKILL)
    if clinux_reap_ended(pid) == 0 { ProcessReaper.shared.leave(pid) }
  }

  /// The next line that it prints.
  package func line(until deadline: MonotonicInstant) -> News {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[..<end])
        buffer.removeFirst(end + 1)
        return .line(line)
      }
      searched = buffer.count
      if DescriptorWait.ready([output.number], until: deadline).isEmpty { return .nothing }
      guard let chunk = try? output.read(upTo: 64 << 10), !chunk.isEmpty, buffer.count < Self.longestLine else {
        return .ended
      }
      buffer += chunk
    }
  }
}

/// The other side of ``SideProcess``.
package enum SideProcessEnds {
  /// Everything that the process was started with to read.
  package static func input() throws(SystemCallError) -> [UInt8] {
    var bytes: [UInt8] = []
    let input = OwnedDescriptor(owning: STDIN_FILENO)
    while true {
      let chunk = try input.read(upTo: 64 << 10)
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
  }

  /// Prints a line, which holds no line's end; false once nobody reads it any more.
  package static func print(_ line: [UInt8]) -> Bool {
    let output = OwnedDescriptor(owning: STDOUT_FILENO)
    let isPrinted = (try? output.write(line + [UInt8(ascii: "\n")])) != nil
    _ = output.release()
    return isPrinted
  }
}
