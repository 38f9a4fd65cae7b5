import ControlSocket
package import DeliveryJournal
package import DeliveryModel
import SystemSupport

/// What became of an order to make deliveries due.
package struct RetryOutcome: Sendable {
  package let retried: Journal.Retried
  /// Those that were worked on already.
  package let underWay: Set<Int64>

  package init(_ retried: Journal.Retried, underWay: Set<Int64> = []) {
    self.retried = retried
    self.underWay = underWay
  }
}

/// What became of an order to end deliveries.
package struct DismissalOutcome: Sendable {
  package let dismissed: Journal.Dismissed
  /// Those that were on their way, and go on.
  package let underWay: Set<Int64>

  package init(_ dismissed: Journal.Dismissed, underWay: Set<Int64> = []) {
    self.dismissed = dismissed
    self.underWay = underWay
  }
}

/// One delivery that the engine works on.
package struct WorkUnderWay: Sendable {
  package enum Stage: String, Sendable {
    /// The file is being read.
    case reading
    /// It waits for its turn.
    case waiting
    /// Its bytes are on their way to S3.
    case sending
    /// S3 has it; its record, or the question for one, is under way.
    case recording
  }

  package let number: Int64
  package let file: SettledFile
  package let stage: Stage
  /// What S3 has acknowledged.
  package let acknowledged: Int64
}

extension EngineLoop {
  /// Makes deliveries due; what is being sent or recorded goes on as it is.
  mutating func retry(_ request: RetryRequest, _ reply: Reply<RetryOutcome>) {
    var underWay: [Int64] = []
    if case .numbers(let numbers) = request {
      underWay = numbers.filter { number in machine.active[number].map { $0.isBeingRead || !$0.isIdle } ?? false }
    }
    ports.journal.jobs.post(.retry(request, at: ports.clock.wall(), underWay: underWay, reply))
  }

  /// What it has in memory, in no order.
  var workUnderWay: [WorkUnderWay] {
    machine.active.values.map { entry in
      WorkUnderWay(
        number: entry.delivery.number, file: entry.delivery.file, stage: entry.underWay,
        acknowledged: TransferProgress(entry.delivery).bytes)
    }
  }
}

extension ActiveDelivery {
  fileprivate var underWay: WorkUnderWay.Stage {
    switch stage {
    case .hashing, .rereading: .reading
    case .preparing, .uploadReady, .closing: .waiting
    case .uploading, .multipart: .sending
    case .savingReceipt, .recordReady, .recording, .questionReady, .asking, .renaming: .recording
    }
  }
}

extension EngineLoop {
  /// Ends what is in the journal alone. What is held but was not begun is let go for that; what is on its way goes on, as
  /// nobody knows what a service makes of it.
  mutating func dismiss(_ numbers: [Int64], _ reply: Reply<DismissalOutcome>) {
    var free: [Int64] = []
    var underWay: [Int64] = []
    for number in Set(numbers) {
      guard let entry = machine.active[number] else {
        free.append(number)
        continue
      }
      guard entry.mayBeDropped else {
        ports.log.notDismissed(entry.delivery)
        underWay.append(number)
        continue
      }
      machine.leaveLine(number)
      machine.release(number)
      free.append(number)
    }
    // A query under way may still bring them.
    machine.dismissing.formUnion(free)
    ports.journal.jobs.post(.dismiss(free.sorted(), at: ports.clock.wall(), underWay: underWay, reply))
  }

  mutating func takeDismissed(_ numbers: [Int64], _ deliveries: [Delivery]) {
    machine.dismissing.subtract(numbers)
    for delivery in deliveries {
      counters.moved(delivery.file, from: delivery.state, to: .withdrawn)
      machine.alone[delivery.number] = nil
      ports.log.dismissed(delivery)
    }
    // Later versions of the same files may have waited for these.
    backlog.mayHaveDue(ports.clock.wall())
  }
}

extension ActiveDelivery {
  /// Whether it can be let go as if it had not been taken up: nothing of it is under way, neither to a service nor to the
  /// journal.
  fileprivate var mayBeDropped: Bool { stage == .hashing || stage == .uploadReady }
}
