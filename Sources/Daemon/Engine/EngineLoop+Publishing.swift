import DeliveryModel
import HTTPTransport

extension EngineLoop {
  /// Shows the state to whoever reports it. Cheap: the status service looks at most once a second.
  func publish() {
    ports.board.show(
      StatusBoard.EngineView(
        counters: counters, s3: machine.s3, dynamodb: machine.dynamodb, credentialFailure: credentialFailure,
        problem: problem, isIdle: machine.active.isEmpty && commits.isIdle))
  }

  // MARK: Ending

  /// How long requests under way may take to end by themselves.
  static let drainBound = Duration.seconds(8)

  mutating func beginShutdown() {
    machine.canSign = false
    shutdown.request(until: ports.clock.now + Self.drainBound)
  }

  /// Cancels what is left when the time is up.
  mutating func enforceShutdown() {
    guard shutdown.expires(now: ports.clock.now) else { return }
    ports.transport.cancel(requests.inFlightIDs)
  }
}
