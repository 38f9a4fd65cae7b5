import DeliveryModel

/// Deliveries as a table for a person.
struct QueueTable {
  let deliveries: [Delivery]

  init(_ deliveries: [Delivery]) {
    self.deliveries = deliveries
  }

  var text: String {
    var table = Table(header: ["NUMBER", "STATE", "SIZE", "TRIES", "NEXT ATTEMPT", "FILE", "LAST ERROR"])
    table.rows = deliveries.map(row)
    return table.text
  }

  private func row(_ delivery: Delivery) -> [String] {
    [
      String(delivery.number), delivery.state.rawValue, HumanSize.text(delivery.file.identity.size),
      String(delivery.attempts), delivery.state.isOpen ? delivery.nextAttempt.iso8601 : "-",
      delivery.file.folder + "/" + delivery.file.path.escaped, delivery.lastError ?? "-",
    ]
  }
}
