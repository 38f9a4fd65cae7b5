import Synchronization

/// The loop on the transport's thread: takes orders, drives libcurl, hands back what ended, waits.
final class TransportLoop {
  private var configuration: TransportConfiguration
  private let orders: TransportOrders
  private let multi: MultiHandle
  private let shared: SharedState
  private let onCompletion: @Sendable ([HTTPCompletion]) -> Void
  private var waiting = JobQueue()
  private var active: [Transfer] = []
  private var idle: [Transfer] = []
  private var finished: [HTTPCompletion] = []
  /// Whether an exchange ended in this turn.
  private var hasFinished = false
  /// Nanoseconds, as of the beginning of the turn.
  private var now = MonotonicTime.now()
  private var nextInspection: UInt64 = 0
  private var inspectionInterval: UInt64

  /// The longest that an idle loop lets pass between two turns, in nanoseconds.
  static let heartbeat: UInt64 = 3_600_000_000_000

  init(
    configuration: TransportConfiguration, orders: TransportOrders, multi: MultiHandle,
    onCompletion: @escaping @Sendable ([HTTPCompletion]) -> Void
  ) {
    self.configuration = configuration
    self.orders = orders
    self.multi = multi
    self.onCompletion = onCompletion
    shared = SharedState(
      orders: orders, sockets: multi.sockets, bucket: TokenBucket(rate: configuration.bandwidthLimit, now: now))
    inspectionInterval = configuration.inspectionInterval
  }

  /// Runs until it is to stop; by then every exchange has been completed.
  func run() {
    while true {
      let (posted, isStopping) = orders.take()
      posted.forEach(carryOut)
      if isStopping { break }
      turn()
      if hasFinished {
        deliver()
      } else if orders.maySleep() {
        multi.wait(milliseconds: Int(timeout / 1_000_000) + 1)
      }
    }
    cancelAll()
    orders.close()
  }

  private func turn() {
    now = MonotonicTime.now()
    orders.lastTurn.store(now, ordering: .relaxed)
    spendBandwidth()
    startWaiting()
    multi.perform()
    collect()
    if now >= nextInspection { inspect() }
  }

  // MARK: Orders

  private func carryOut(_ order: TransportOrders.Order) {
    switch order {
    case .submit(let exchanges):
      for exchange in exchanges { waiting.append(Job(ticket: .caller(exchange.id), request: exchange.request)) }
    case .perform(let job): waiting.prepend(job)
    case .cancel(let tickets): cancel(Set(tickets))
    case .bodyRead(let attempt): active.first { $0.attempt == attempt }?.bytesCame()
    case .limitBandwidth(let rate): shared.bucket.change(rate: rate, now: MonotonicTime.now())
    case .use(let new): use(new)
    }
  }

  private func use(_ new: TransportConfiguration) {
    configuration = new
    inspectionInterval = new.inspectionInterval
    // Connections of before are not used for others: libcurl compares proxy and bundle.
    idle.removeAll { $0.configuration != new }
    multi.keep(idleConnections: new.maxConnections * 2)
  }

  private func cancel(_ tickets: Set<Ticket>) {
    for job in waiting.remove(tickets) { complete(job.ticket, .failure(.cancelled)) }
    for transfer in active where tickets.contains(transfer.ticket) { end(transfer, .failure(.cancelled)) }
  }

  private func cancelAll() {
    for transfer in active { end(transfer, .failure(.cancelled)) }
    while let job = waiting.next() { complete(job.ticket, .failure(.cancelled)) }
    deliver()
  }

  // MARK: Exchanges

  private func startWaiting() {
    while active.count < configuration.maxConnections, shared.mayBegin, let job = waiting.next() {
      start(job)
    }
  }

  private func start(_ job: Job) {
    do throws(TransportError) {
      let transfer = try freeTransfer()
      active.append(transfer)
      begin(job, on: transfer)
    } catch {
      complete(job.ticket, .failure(error))
    }
  }

  private func begin(_ job: Job, on transfer: Transfer) {
    do throws(TransportError) {
      try transfer.begin(job, now: now)
      try add(transfer)
    } catch {
      end(transfer, .failure(error))
    }
  }

  private func freeTransfer() throws(TransportError) -> Transfer {
    if let transfer = idle.popLast() { return transfer }
    return try Transfer(configuration: configuration, shared: shared)
  }

  private func collect() {
    while let (transfer, code) = multi.nextFinished(Transfer.self) {
      if transfer.needsFreshConnection {
        sendAgain(transfer)
      } else if let failure = CurlFailure(code) {
        end(transfer, .failure(transfer.error(failure)))
      } else {
        end(transfer, transfer.response())
      }
    }
  }

  /// Gives up what has stalled.
  private func inspect() {
    nextInspection = now + inspectionInterval
    for transfer in active {
      switch transfer.overdue(now: now) {
      case .failed(let error): end(transfer, .failure(error))
      case .onDeadConnection: sendAgain(transfer)
      case nil: break
      }
    }
  }

  /// Sends the request once more, over a fresh connection. That is one attempt more at most: what this is for concerns
  /// used connections alone.
  private func sendAgain(_ transfer: Transfer) {
    multi.remove(transfer.handle)
    do throws(TransportError) {
      try transfer.beginAgain(now: now)
      try add(transfer)
    } catch {
      end(transfer, .failure(error))
    }
  }

  private func add(_ transfer: Transfer) throws(TransportError) {
    if multi.add(transfer.handle) { return }
    throw TransportError(kind: .other, message: "libcurl has no memory for another transfer")
  }

  /// Ends an exchange that has a transfer; the transfer is free again.
  private func end(_ transfer: Transfer, _ result: Result<HTTPResponse, TransportError>) {
    let ticket = transfer.ticket
    multi.remove(transfer.handle)
    transfer.finish()
    if let index = active.firstIndex(where: { $0 === transfer }) {
      active.swapAt(index, active.count - 1)
      active.removeLast()
    }
    if transfer.configuration == configuration { idle.append(transfer) }
    complete(ticket, result)
  }

  private func complete(_ ticket: Ticket, _ result: Result<HTTPResponse, TransportError>) {
    hasFinished = true
    switch ticket {
    case .caller(let id): finished.append(HTTPCompletion(id: id, result: result))
    case .waiter(let number): orders.takeWaiter(number)?.resume(returning: result)
    case .none: break
    }
  }

  private func deliver() {
    hasFinished = false
    guard !finished.isEmpty else { return }
    let batch = finished
    finished = []
    onCompletion(batch)
  }

  // MARK: Time

  /// Lets paused bodies go on once enough bandwidth has been saved up.
  private func spendBandwidth() {
    guard shared.refill(now: now) else { return }
    // Those that have waited longest.
    let paused = active.filter(\.isPaused).sorted { $0.share.last < $1.share.last }
    for transfer in paused.prefix(shared.bucket.shares) {
      transfer.resume()
    }
  }

  /// How long the loop may wait for something to happen, in nanoseconds.
  private var timeout: UInt64 {
    guard !active.isEmpty || !waiting.isEmpty else { return Self.heartbeat }
    if shared.bucket.delay == 0, shared.pausedCount > 0 { return 0 }
    return shared.bucket.delay > 0 ? min(inspectionInterval, shared.bucket.delay) : inspectionInterval
  }
}

extension TransportConfiguration {
  /// Between two looks at whether something has stalled, in nanoseconds.
  fileprivate var inspectionInterval: UInt64 {
    let shortest = min(stallTimeout, answerTimeout, deadConnectionTimeout, bodyTimeout)
    return min(1_000_000_000, max(1_000_000, shortest.nanoseconds / 4))
  }
}
