import DeliveryModel
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Carries out what commands ask of the running daemon: each drops a request file into `commands/`, written aside and
/// then renamed, so that it is whole when it appears.
struct CommandInbox: Service {
  let folder: RequestFolder
  let changes: DirectoryChanges
  /// Returns once it is durable.
  let retry: @Sendable (RetryRequest) async throws -> Void
  /// Whether the order is carried out, or never can be; else it is asked again.
  let take: @Sendable (_ folder: String, RelativePath) -> LeftoverOrders.Answer
  /// The same.
  let dismiss: @Sendable ([Int64]) async throws -> Void
  let tellProgress: @Sendable () -> Void
  let logger: Logger

  private static let pause = Duration.seconds(2)

  /// Works until shut down or cancelled.
  func run() async throws {
    let arrivals = Mailbox<Void>()
    arrivals.post(())
    let thread = try BlockingThread(named: "s3l-commands") { changes.forEachChange { arrivals.post(()) } }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        guard !(await arrivals.take()).isEmpty else { continue }
        while !(await carryOutAll()), !Task.isCancelled { await Pause.last(Self.pause) }
      }
    }
    changes.end()
    thread.join()
  }

  /// Returns whether nothing is left for later.
  private func carryOutAll() async -> Bool {
    guard let failure = await folder.takeAll(carryOut) else { return true }
    guard !(failure is CancellationError), !(failure is LeftoverOrders.Pending) else { return false }
    logger.warning(
      "a request of a command cannot be carried out now and is tried again: \(failure)",
      metadata: [LogKey.code: "request"])
    return false
  }

  private func carryOut(_ found: RequestFolder.Found, _ name: String) async throws {
    switch found {
    case .request(.retry(let request)):
      try await retry(request)
      logger.info("carried out a retry that a command asked for", metadata: ["request": .string(name)])
    case .request(.take(let folder, let path)):
      let subject = "\(folder)/\(path.escaped)"
      switch take(folder, path) {
      case .pending: throw LeftoverOrders.Pending()
      case .taken: logger.notice("\(subject): taken up although its name is passed over: a command asked for it")
      case .refused(let reason): logger.warning("\(subject): not taken up as a command asked: \(reason)")
      }
    case .request(.dismiss(let numbers)):
      try await dismiss(numbers)
      logger.info("carried out a dismissal that a command asked for", metadata: ["request": .string(name)])
    case .request(.progress): tellProgress()
    case .nonsense(let reason):
      logger.warning("a file in commands/ is removed: \(reason)", metadata: ["request": .string(name)])
    }
  }
}
