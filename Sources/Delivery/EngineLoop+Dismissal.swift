import DeliveryModel
import SystemSupport

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
