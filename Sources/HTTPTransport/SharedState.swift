/// A body's share of the bandwidth.
struct Share {
  /// Which of all grants was its last; 0 before the first.
  var last: UInt64 = 0
  /// Whether it had one since it last waited.
  var isTaken = false
}

/// What all transfers of one transport share. Lives on its thread.
final class SharedState {
  let orders: TransportOrders
  var bucket: TokenBucket
  let sockets: SocketRegistry
  var secrets = RequestSecrets.Cache()
  /// How many transfers wait for bandwidth.
  var pausedCount = 0
  /// Attempts to send a request so far.
  private var attempts: UInt64 = 0
  /// Grants of bandwidth so far.
  private var grants: UInt64 = 0
  /// Whether bodies waited when this turn of the loop began.
  private var haveBodiesWaited = false
  /// Bytes that were sent in one piece while bodies waited, less what bodies were granted since.
  private var ahead: Int64 = 0
  /// No other request begins before the bodies have caught up.
  private var isBodiesTurn = false

  var history = ConnectionHistory()

  init(orders: TransportOrders, sockets: SocketRegistry = SocketRegistry(), bucket: TokenBucket) {
    self.orders = orders
    self.sockets = sockets
    self.bucket = bucket
  }

  /// Counts the time since the last call. Returns whether bodies that wait may go on.
  func refill(now: UInt64) -> Bool {
    bucket.refill(now: now)
    haveBodiesWaited = pausedCount > 0
    guard bucket.delay == 0 else { return false }
    if !haveBodiesWaited { (ahead, isBodiesTurn) = (0, false) }
    return haveBodiesWaited
  }

  /// How many of `wanted` bytes of a body may be sent now.
  ///
  /// While others wait for a share, each gets one and waits again: S3 gives up a connection on which nothing comes.
  func grant(upTo wanted: Int, _ share: inout Share) -> Int {
    guard bucket.rate != nil else { return wanted }
    if share.isTaken, haveBodiesWaited || pausedCount > 0 { return 0 }
    let granted = bucket.grant(upTo: wanted)
    if granted > 0 {
      grants += 1
      share = Share(last: grants, isTaken: true)
    }
    ahead = max(0, ahead - Int64(granted))
    if ahead == 0 { isBodiesTurn = false }
    return granted
  }

  /// Takes back a grant of which nothing was used: `before` is the share as it was.
  func giveBack(_ count: Int, _ share: inout Share, _ before: Share) {
    bucket.giveBack(count)
    share = before
  }

  /// Takes `count` bytes that are sent in one piece. A flood of them leaves half to bodies that wait.
  func charge(_ count: Int) {
    bucket.charge(count)
    guard haveBodiesWaited else { return }
    ahead += Int64(count)
    if ahead >= bucket.half { isBodiesTurn = true }
  }

  /// Whether another request may begin.
  var mayBegin: Bool { bucket.isOpen && !isBodiesTurn }

  /// A number for an attempt, never given twice.
  func attemptNumber() -> UInt64 {
    attempts += 1
    return attempts
  }

  /// Publishes how many bytes of a body were handed over.
  func report(_ sent: Int64, of ticket: Ticket) {
    if case .caller(let id) = ticket { orders.report(sent, of: id) }
  }

  func forget(_ ticket: Ticket) {
    if case .caller(let id) = ticket { orders.forget(id) }
  }
}
