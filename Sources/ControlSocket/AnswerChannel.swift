import Glibc
import Synchronization
import SystemSupport

/// What is to be sent to one client, between those who answer and the thread that sends. Bounded: who does not read is
/// left.
final class AnswerChannel: Sendable {
  /// Bytes that wait for a client. What the kernel has taken counts no more.
  static let limit = 1 << 20

  private struct State {
    var bytes: [UInt8] = []
    var sent = 0
    var isFinished = false
    var isClosed = false
    var hasOverflowed = false
  }

  private let state = Mutex(State())
  private let wake: WakeUp

  init(wake: WakeUp) {
    self.wake = wake
  }

  /// From those who answer: one line. False where nobody will read it.
  func post(_ line: [UInt8]) -> Bool {
    let isTaken = state.withLock { state in
      guard !state.isClosed, !state.hasOverflowed else { return false }
      guard state.bytes.count - state.sent + line.count <= Self.limit else {
        state.hasOverflowed = true
        return false
      }
      state.bytes += line
      return true
    }
    wake.signal()
    return isTaken
  }

  /// The answer to the present request is complete.
  func finish() {
    state.withLock { $0.isFinished = true }
    wake.signal()
  }

  /// Whether the client has been sent all there was.
  var isDrained: Bool { state.withLock { $0.sent == $0.bytes.count } }

  var isOpen: Bool { state.withLock { !$0.isClosed && !$0.hasOverflowed } }

  // MARK: From the thread

  var hasOverflowed: Bool { state.withLock { $0.hasOverflowed } }

  /// Whether the answer is complete, once.
  func takeFinished() -> Bool {
    state.withLock { state in
      defer { state.isFinished = false }
      return state.isFinished
    }
  }

  /// Sends what `send` takes; throws what it throws. Returns whether anything went.
  func drain(_ send: (ArraySlice<UInt8>) throws(SystemCallError) -> Int) throws(SystemCallError) -> Bool {
    let result = state.withLock { state -> Result<Bool, SystemCallError> in
      var isMoved = false
      do throws(SystemCallError) {
        while state.sent < state.bytes.count {
          state.sent += try send(state.bytes[state.sent...])
          isMoved = true
        }
        (state.bytes, state.sent) = ([], 0)
        return .success(isMoved)
      } catch {
        if state.sent > state.bytes.count / 2 {
          state.bytes.removeFirst(state.sent)
          state.sent = 0
        }
        return error.code == EAGAIN ? .success(isMoved) : .failure(error)
      }
    }
    return try result.get()
  }

  /// Nobody reads any more.
  func close() {
    state.withLock { state in
      state.isClosed = true
      (state.bytes, state.sent) = ([], 0)
    }
  }
}

/// A request of a client, for whoever answers it. Dropping it ends the answer.
package final class ControlCall: Sendable {
  package let request: ControlRequest
  /// What the client may see and ask.
  package let access: ControlAccess
  private let channel: AnswerChannel

  init(_ request: ControlRequest, _ access: ControlAccess, _ channel: AnswerChannel) {
    self.request = request
    self.access = access
    self.channel = channel
  }

  deinit { channel.finish() }

  /// Sends one line; false where nobody will read it, as for a client that left or does not read.
  @discardableResult
  package func send(_ value: some Encodable) -> Bool {
    guard let line = try? ControlProtocol.line(value) else { return false }
    return channel.post(line)
  }

  /// Whether the client has been sent all there was: who does not read gets no news.
  package var isDrained: Bool { channel.isDrained }

  /// Whether the client is still there.
  package var isOpen: Bool { channel.isOpen }
}
