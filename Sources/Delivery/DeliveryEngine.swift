package import ControlSocket
package import DeliveryModel
import SystemSupport

/// Takes settled files from the watcher and brings each to S3 and DynamoDB, whatever happens on the way.
///
/// One loop owns all state; the journal, the readers, the transport and the credentials work beside it and answer by
/// events. Cancelling ``run()`` ends at once what ``stop()`` ends gracefully; either loses nothing.
package final class DeliveryEngine: Sendable {
  private let ports: EnginePorts
  /// Those in force.
  private let settings: @Sendable () -> EngineSettings
  private let counters: QueueCounters

  package init(ports: EnginePorts, settings: @escaping @Sendable () -> EngineSettings, counters: QueueCounters) {
    self.ports = ports
    self.settings = settings
    self.counters = counters
  }

  /// Makes deliveries due now; returns once that is durable. Throws where it cannot be now: a full disk, a locked journal,
  /// the end of the engine.
  package func retry(_ request: RetryRequest) async throws -> RetryOutcome {
    try await withCheckedThrowingContinuation { _ = ports.events.post(.retry(request, Reply($0))) }
  }

  /// Ends deliveries that an operator wants no more of; returns once that is durable, and throws as ``retry(_:)`` does. Those
  /// that are on their way at this moment go on.
  package func dismiss(_ numbers: [Int64]) async throws -> DismissalOutcome {
    try await withCheckedThrowingContinuation { _ = ports.events.post(.dismiss(numbers, Reply($0))) }
  }

  /// What it works on at this moment. Throws where the engine ends before it can say.
  package func workUnderWay() async throws -> [WorkUnderWay] {
    try await withCheckedThrowingContinuation { _ = ports.events.post(.describe(Reply($0))) }
  }

  /// The settings are others; `descriptors`: how they are shared out from now on.
  package func reconfigured(_ descriptors: DescriptorBudget) {
    ports.events.post(.reconfigured(settings(), descriptors))
  }

  /// So many refused deliveries are no longer in the journal.
  package func removed(rejected count: Int) { ports.events.post(.removed(rejected: count)) }

  /// Asks for proof of life; the pulse beats when the loop comes round to it.
  package func ping() { ports.events.post(.ping) }

  /// Ends gracefully: what is under way may finish within a bound, the rest stays in the journal.
  package func stop() { ports.events.post(.stop) }

  /// Runs until stopped or cancelled. Throws when the journal's storage failed.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.ports.journal.run() }
      group.addTask { await self.ports.keeper.run() }
      group.addTask { await self.loop() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func loop() async {
    var loop = EngineLoop(ports: ports, settings: settings(), counters: counters)
    defer {
      loop.commits.abandon()
      loop.comparing.abandon()
    }
    var events: [EngineEvent] = []
    while loop.turn(events), !Task.isCancelled {
      events = await ports.events.take()
    }
    ports.events.close()
    for case .settled(_, let waiter) in ports.events.takeNow() { waiter.resume(throwing: CancellationError()) }
  }
}

extension Mailbox<EngineEvent> {
  /// Hands settled files to the engine that reads this mailbox; returns once they are durable in the journal. A task that
  /// is cancelled waits for a write under way, but not for a full disk.
  package func accept(_ files: [SettledFile]) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        if !post(.settled(files, continuation)) { continuation.resume(throwing: CancellationError()) }
        if Task.isCancelled { post(.letGo) }
      }
    } onCancel: {
      post(.letGo)
    }
  }
}
