package import ControlSocket
package import DeliveryJournal
package import DeliveryModel
package import SystemSupport

/// The engine's hand to the journal: one job at a time, in the order they were asked for, each answered by an event.
///
/// While a commit waits for the disk the engine goes on, and everything that becomes ready meanwhile is the next
/// commit: that is the group commit.
package struct JournalService: Sendable {
  package enum Job: Sendable {
    case commit([JournalChange])
    case load(DueRequest)
    case retry(RetryRequest, at: Timestamp, underWay: [Int64], Reply<RetryOutcome>)
    case dismiss([Int64], at: Timestamp, underWay: [Int64], Reply<DismissalOutcome>)
    /// Proof of life is wanted.
    case ping
  }

  let journal: Journal
  package let jobs = Mailbox<Job>()
  let events: Mailbox<EngineEvent>
  let pulse: Pulse
  /// For ``JournalLogService``.
  package let logGrown = Mailbox<Void>()

  package init(journal: Journal, events: Mailbox<EngineEvent>, pulse: Pulse) {
    self.journal = journal
    self.events = events
    self.pulse = pulse
  }

  /// Works until cancelled. Throws when the storage failed: what was not acknowledged then is not durable, and this
  /// process must not go on.
  func run() async throws {
    defer {
      jobs.close()
      _ = jobs.takeNow()
    }
    while !Task.isCancelled {
      for job in await jobs.take() { try await perform(job) }
    }
  }

  private func perform(_ job: Job) async throws {
    switch job {
    case .commit(let changes):
      do {
        let done = try await journal.perform(changes)
        events.post(.committed(done.made, numbers: done.numbers))
        if journal.logSize > Journal.logBound { logGrown.post(()) }
      } catch .storageFull(let reason) {
        events.post(.notCommitted(changes, reason: "\(JournalError.storageFull(reason: reason))"))
      } catch .busy {
        events.post(.notCommitted(changes, reason: "\(JournalError.busy)"))
      }
    case .load(let request):
      do throws(JournalError) {
        let deliveries = try await journal.due(request)
        let next =
          deliveries.count < request.limit
          ? try await journal.nextDue(
            in: request.state, after: request.dueBefore, without: request.without, only: request.only)
          : request.dueBefore
        events.post(.loaded(request, deliveries, nextDue: next))
      } catch .storageFull(let reason) {
        events.post(.notLoaded(request, reason: "\(JournalError.storageFull(reason: reason))"))
      } catch .busy {
        events.post(.notLoaded(request, reason: "\(JournalError.busy)"))
      }
    case .ping: pulse.beat()
    case .retry(let request, let moment, let underWay, let reply):
      try await answer(reply) { () async throws(JournalError) in
        let retried = try await journal.retry(request, at: moment)
        return (.retried(retried.reopened), RetryOutcome(retried, underWay: Set(underWay)))
      }
    case .dismiss(let numbers, let moment, let underWay, let reply):
      let isDone = try await answer(reply) { () async throws(JournalError) in
        let dismissed = try await journal.dismiss(numbers, at: moment)
        return (.dismissed(numbers, dismissed.ended), DismissalOutcome(dismissed, underWay: Set(underWay)))
      }
      if !isDone { events.post(.dismissed(numbers, [])) }
    }
  }

  /// What cannot be done now is reported to who asked; returns whether it was done.
  @discardableResult
  private func answer<Value>(
    _ reply: Reply<Value>, _ work: () async throws(JournalError) -> (EngineEvent, Value)
  ) async throws -> Bool {
    do {
      let (event, value) = try await work()
      events.post(event)
      reply.give(.success(value))
      return true
    } catch .storageFull(let reason) {
      reply.give(.failure(JournalError.storageFull(reason: reason)))
    } catch .busy {
      reply.give(.failure(JournalError.busy))
    }
    return false
  }
}

extension Journal {
  /// Makes deliveries due now.
  package func retry(_ request: RetryRequest, at moment: Timestamp) async throws(JournalError) -> Retried {
    switch request {
    case .all: try await retry(nil, at: moment)
    case .folder(let name): try await retry(folder: name, at: moment)
    case .numbers(let numbers): try await retry(numbers, at: moment)
    }
  }
}
