import Synchronization

/// What other threads want of the transport's thread, and what they may see of it.
final class TransportOrders: Sendable {
  /// A wish, carried out in the order posted.
  enum Order: Sendable {
    case submit([HTTPExchange])
    case perform(Job)
    case cancel([Ticket])
    case limitBandwidth(Int64?)
    case use(TransportConfiguration)
    /// Bytes of a file are there, which the body of this attempt waited for.
    case bodyRead(attempt: UInt64)
  }

  typealias Waiter = CheckedContinuation<Result<HTTPResponse, TransportError>, Never>

  private struct State {
    var orders: [Order] = []
    var isStopping = false
    /// Nil once the thread has ended.
    var multi: MultiHandle?
    /// Set while the thread waits or is about to: only then does an order need a wake-up.
    var isAsleep = false
    var waiters: [UInt64: Waiter] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state: Mutex<State>
  private let progress = Mutex<[UInt64: Int64]>([:])
  /// Nanoseconds of CLOCK_MONOTONIC at the loop's last turn.
  let lastTurn = Atomic<UInt64>(MonotonicTime.now())

  init(multi: MultiHandle) {
    state = Mutex(State(multi: multi))
  }

  // MARK: From any thread

  /// Posts an order; false if the thread has ended or is about to.
  func post(_ order: Order) -> Bool {
    state.withLock { state in
      guard !state.isStopping else { return false }
      state.orders.append(order)
      Self.wake(&state)
      return true
    }
  }

  /// Registers a waiter and posts its request; false if the thread has ended or is about to.
  func post(_ request: HTTPRequest, waiter number: UInt64, _ waiter: Waiter) -> Bool {
    state.withLock { state in
      guard !state.isStopping else { return false }
      state.waiters[number] = waiter
      state.orders.append(.perform(Job(ticket: .waiter(number), request: request)))
      Self.wake(&state)
      return true
    }
  }

  /// A number for a waiter, never given twice.
  func waiterNumber() -> UInt64 {
    state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
  }

  func stop() {
    state.withLock { state in
      state.isStopping = true
      Self.wake(&state)
    }
  }

  func bytesSent() -> [UInt64: Int64] { progress.withLock { $0 } }

  private static func wake(_ state: inout State) {
    guard state.isAsleep else { return }
    state.isAsleep = false
    state.multi?.wakeUp()
  }

  // MARK: From the transport's thread

  /// The orders posted since, and whether to end.
  func take() -> (orders: [Order], isStopping: Bool) {
    state.withLock { state in
      state.isAsleep = false
      defer { state.orders = [] }
      return (state.orders, state.isStopping)
    }
  }

  /// Whether nothing is posted; if so, the next order wakes the thread.
  func maySleep() -> Bool {
    state.withLock { state in
      state.isAsleep = state.orders.isEmpty && !state.isStopping
      return state.isAsleep
    }
  }

  /// Takes the waiter out, for the one answer it gets.
  func takeWaiter(_ number: UInt64) -> Waiter? {
    state.withLock { $0.waiters.removeValue(forKey: number) }
  }

  /// The thread ends: the multi handle is not woken any more.
  func close() {
    state.withLock { $0.multi = nil }
  }

  func report(_ sent: Int64, of id: UInt64) { progress.withLock { $0[id] = sent } }

  func forget(_ id: UInt64) { _ = progress.withLock { $0.removeValue(forKey: id) } }
}
