import CLinux
import Glibc

/// Runs another program to its end: without a shell, without capabilities of ours, in a process group of its own.
package enum ChildProcess {
  package struct Output: Sendable, Equatable {
    /// The exit status; 128 and the signal's number where a signal ended it.
    package var status: Int32
    /// What it printed to its standard output. Its standard error is thrown away.
    package var bytes: [UInt8]
  }

  package enum Failure: Error, Sendable, Equatable {
    case notStarted(SystemCallError)
    /// It did not end in time, and was killed with all that it started.
    case timeout
    /// It printed more than it may, and was killed.
    case tooMuchOutput
    /// The calling task was cancelled, and it was killed.
    case cancelled
  }

  /// Runs `arguments[0]`, found by our `PATH` where it has no `/`, with exactly this environment. Waits on a thread of its
  /// own, so that no thread of Swift's pool is held.
  ///
  /// `input` is what it reads from its standard input; nothing if nil. Cancellation kills the program at once.
  package static func run(
    _ arguments: [String], environment: [String: String], input: [UInt8]? = nil, limit: Duration,
    outputLimit: Int = 64 << 10
  ) async throws(Failure) -> Output {
    let result: Result<Output, Failure>
    do throws(SystemCallError) {
      let wakeUp = try WakeUp()
      result = await wait(for: wakeUp) {
        run(arguments, environment, input, until: .now + limit, outputLimit, cancelled: wakeUp)
      }
    } catch {
      throw .notStarted(error)
    }
    return try result.get()
  }

  private static func wait(
    for wakeUp: WakeUp, _ body: @escaping @Sendable () -> Result<Output, Failure>
  ) async -> Result<Output, Failure> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Output, Failure>, Never>) in
        do throws(SystemCallError) {
          try BlockingThread(named: "child") { continuation.resume(returning: body()) }.detach()
        } catch {
          continuation.resume(returning: .failure(.notStarted(error)))
        }
      }
    } onCancel: {
      wakeUp.signal()
    }
  }

  private static func run(
    _ arguments: [String], _ environment: [String: String], _ input: [UInt8]?, until deadline: MonotonicInstant,
    _ outputLimit: Int, cancelled: WakeUp
  ) -> Result<Output, Failure> {
    var number: Int32 = -1
    let pid: pid_t
    do throws(SystemCallError) {
      pid = try spawn(arguments, environment, input, &number)
    } catch {
      return .failure(.notStarted(error))
    }
    let output = OwnedDescriptor(owning: number)
    let end: OwnedDescriptor
    do throws(SystemCallError) {
      end = OwnedDescriptor(owning: try systemCall("pidfd_open") { clinux_pidfd(pid) })
    } catch {
      kill(-pid, SIGKILL)
      ProcessReaper.shared.leave(pid)
      return .failure(.notStarted(error))
    }
    let result = collect(output, until: end, deadline, outputLimit, cancelled)
    // Whatever it left running has nobody to talk to any more.
    kill(-pid, SIGKILL)
    // It has ended, or there is no output.
    let status = ProcessReaper.shared.reap(pid, end.number, within: .seconds(1))
    return result.map { Output(status: status ?? 128 + SIGKILL, bytes: $0) }
  }

  /// The input lies in memory before the program starts: no writer has to wait for a program that does not read.
  private static func spawn(
    _ arguments: [String], _ environment: [String: String], _ input: [UInt8]?, _ output: inout Int32
  ) throws(SystemCallError) -> pid_t {
    let variables = environment.map { $0.key + "=" + $0.value }
    let file = OwnedDescriptor(owning: try input.map(memoryFile) ?? -1)
    let pid = withCStrings(arguments) { argv in
      withCStrings(variables) { clinux_spawn(argv, $0, file.number, &output) }
    }
    guard pid > 0 else { throw SystemCallError(call: "posix_spawn", code: -pid) }
    return pid
  }

  static func memoryFile(_ bytes: [UInt8]) throws(SystemCallError) -> Int32 {
    try systemCall("memfd_create") { clinux_memory_file(bytes, bytes.count) }
  }

  /// Everything that it, and what it started, printed until it ended; see pidfd_open(2). What it leaves running may hold the
  /// output open for as long as it likes.
  private static func collect(
    _ output: borrowing OwnedDescriptor, until end: borrowing OwnedDescriptor, _ deadline: MonotonicInstant,
    _ limit: Int, _ cancelled: WakeUp
  ) -> Result<[UInt8], Failure> {
    var bytes: [UInt8] = []
    do throws(SystemCallError) {
      var isOpen = true
      while true {
        let waitsFor = [cancelled.number, end.number] + (isOpen ? [output.number] : [])
        let ready = DescriptorWait.ready(waitsFor, until: deadline)
        if ready.contains(cancelled.number) { return .failure(.cancelled) }
        if ready.isEmpty { return .failure(.timeout) }
        guard ready.contains(output.number) else { return .success(bytes) }
        let chunk = try output.read(upTo: 4096)
        if chunk.isEmpty { isOpen = false }
        bytes += chunk
        if bytes.count > limit { return .failure(.tooMuchOutput) }
      }
    } catch {
      return .failure(.notStarted(error))
    }
  }

  /// Lends texts as a list of C strings that ends with a null pointer.
  static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      // Never empty: the null pointer is always there.
      guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
      return body(UnsafePointer(base))
    }
  }
}
