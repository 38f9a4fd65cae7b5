import ControlSocket
import DeliveryModel
import Folders
import Synchronization
import SystemSupport

/// Orders to deliver files that a built-in rule passes over. Each stands in a file of the state directory until it is carried
/// out or never can be, and is given to the watcher again and again until that has an answer: so none is lost, whatever ends
/// meanwhile.
final class TakeOrders: Sendable {
  /// One file.
  struct Order: Hashable, Sendable {
    let folder: String
    let path: RelativePath

    /// For a message.
    var subject: String { "\(folder)/\(path.escaped)" }
  }

  enum Failure: Error, CustomStringConvertible {
    case tooMany

    var description: String { "\(TakeOrders.limit) files wait to be taken already; look why in the status" }
  }

  /// Orders that stand at once.
  static let limit = 1000
  static let fileName = "take-orders"
  /// Bytes of the file: every order has a path of its own.
  private static let sizeLimit = 16 << 20

  private enum Standing: Equatable {
    /// Nobody has said what came of it.
    case open
    case answered(TakeOutcome)
  }

  private struct State {
    var orders: [Order: Standing]
    var waiters: [Order: [Mailbox<TakeOutcome>]] = [:]
  }

  private let path: String
  private let state: Mutex<State>
  private let lane = SerialLane(named: "s3l-orders")
  /// Receives something when an order was given, or answered.
  let changes = Mailbox<Void>()

  /// Reads what stands. Only who holds the journal's lock may have one. Blocks.
  init(directory: String) {
    path = directory + "/" + Self.fileName
    let bytes = (try? SmallFile.read(path, limit: Self.sizeLimit)) ?? []
    let orders = bytes.split(separator: UInt8(ascii: "\n")).prefix(Self.limit).compactMap { line -> Order? in
      guard case .take(let folder, let path)? = try? ControlRequest(line: Array(line)) else { return nil }
      return Order(folder: folder, path: path)
    }
    state = Mutex(State(orders: Dictionary(orders.map { ($0, .open) }) { first, _ in first }))
  }

  /// Those that nothing has come of yet.
  var standing: [Order] { state.withLock { state in state.orders.filter { $0.value == .open }.map(\.key) } }

  /// Gives an order. Once it is durable, waits for what comes of it; nil where that is not known after so long.
  func carryOut(_ order: Order, within limit: Duration) async throws -> TakeOutcome? {
    let waiter = Mailbox<TakeOutcome>()
    state.withLock { $0.waiters[order, default: []].append(waiter) }
    defer { forget(waiter, of: order) }
    try await add(order)
    return await withTaskGroup(of: TakeOutcome?.self) { group in
      group.addTask {
        await Pause.last(limit)
        return nil
      }
      group.addTask { await waiter.take().first }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  private func forget(_ waiter: Mailbox<TakeOutcome>, of order: Order) {
    state.withLock { state in
      state.waiters[order]?.removeAll { $0 === waiter }
      if state.waiters[order]?.isEmpty == true { state.waiters[order] = nil }
    }
  }

  private func add(_ order: Order) async throws {
    if try note(order) {
      do {
        try await save()
      } catch {
        state.withLock { $0.orders[order] = nil }
        throw error
      }
    }
    changes.post(())
  }

  /// The same for a command, without a daemon. Blocks.
  func addNow(_ order: Order) throws {
    if try note(order) { try write() }
  }

  /// Whether it is another than those that stand.
  private func note(_ order: Order) throws -> Bool {
    try state.withLock { state in
      guard state.orders.count < Self.limit || state.orders[order] != nil else { throw Failure.tooMany }
      return state.orders.updateValue(.open, forKey: order) == nil
    }
  }

  /// Says what came of it.
  func answered(_ order: Order, _ outcome: TakeOutcome) {
    let waiters = state.withLock { state -> [Mailbox<TakeOutcome>] in
      guard state.orders[order] != nil else { return [] }
      state.orders[order] = .answered(outcome)
      return state.waiters[order] ?? []
    }
    for waiter in waiters { waiter.post(outcome) }
    changes.post(())
  }

  /// Forgets those that something came of, and says what; they stand as they were where the file cannot be written.
  func takeAnswered() async throws -> [(Order, TakeOutcome)] {
    let answered = state.withLock { state in
      let answered = state.orders.compactMap { order, standing -> (Order, TakeOutcome)? in
        guard case .answered(let outcome) = standing else { return nil }
        return (order, outcome)
      }
      for (order, _) in answered { state.orders[order] = nil }
      return answered
    }
    guard !answered.isEmpty else { return [] }
    do {
      try await save()
    } catch {
      state.withLock { state in for (order, outcome) in answered { state.orders[order] = .answered(outcome) } }
      throw error
    }
    return answered
  }

  private func save() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      _ = lane.run { [self] in continuation.resume(with: Result { try write() }) }
    }
  }

  private func write() throws {
    let bytes = try standing.sorted { $0.subject < $1.subject }.flatMap {
      try ControlRequest.take(folder: $0.folder, path: $0.path).line()
    }
    try AtomicFile.replace(path, with: bytes, mode: 0o640)
  }
}
