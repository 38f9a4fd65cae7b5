import DeliveryModel
import HTTPTransport

extension EngineLoop {
  /// Shows the state to whoever reports it. Cheap: the status service looks at most once a second.
  func publish() {
    ports.show(
      EngineView(
        counters: counters, s3: machine.s3.condition, dynamodb: machine.dynamodb.condition,
        credentialFailure: credentialFailure,
        problem: problem, alone: machine.alone,
        isIdle: machine.active.isEmpty && machine.comparisons.isEmpty && commits.isIdle,
        sampled: machine.lookups.sparse, reopened: reopened))
  }

  // MARK: Ending

  mutating func beginShutdown() {
    machine.canSign = false
    // Whoever reads ahead must not wait for what is not sent any more.
    for stream in streams.values { stream.letGo() }
    shutdown.request(now: ports.clock.now, progress)
  }

  /// Asks for more time while requests come on, and cancels what is left when the time is up.
  mutating func enforceShutdown() {
    guard shutdown.isRequested else { return }
    if shutdown.looked(progress, now: ports.clock.now) { ports.extendStop(ShutdownProgress.stallBound) }
    if shutdown.expires(now: ports.clock.now) { ports.transport.cancel(requests.inFlightIDs) }
  }

  private var progress: ShutdownProgress.Mark {
    ShutdownProgress.Mark(
      answers: requests.answerCount, bytes: ports.transport.bytesSent().values.reduce(0, +))
  }

  var isFinished: Bool {
    shutdown.isFinished(
      requestsInFlight: requests.inFlightCount, commitsPending: !commits.isIdle, isDiskFull: commits.isHeldUp)
  }
}
