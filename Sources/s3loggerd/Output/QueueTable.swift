import Daemon
import DeliveryModel

/// Deliveries as a table for a person.
struct QueueTable {
  let deliveries: [Delivery]
  let now: Timestamp

  func text(on screen: Screen) -> String {
    var table = Table(
      header: ["NUMBER", "STATE", "SIZE", "AGE", "TRIES", "NEXT TRY", "FILE", "LAST ERROR"], numeric: [0, 2, 3, 4])
    table.rows = deliveries.map(row)
    return table.text(on: screen)
  }

  private func row(_ delivery: Delivery) -> [Table.Cell] {
    [
      Table.Cell(String(delivery.number)), delivery.state.cell,
      Table.Cell(HumanSize.text(delivery.file.identity.size)),
      Table.Cell((now - delivery.file.received).brief), Table.Cell(String(delivery.attempts)),
      Table.Cell(delivery.state.isOpen ? Age.until(delivery.nextAttempt, from: now) : "-"),
      Table.Cell(delivery.file.folder + "/" + delivery.file.path.escaped), Table.Cell(delivery.lastError ?? "-"),
    ]
  }
}

extension DeliveryState {
  /// The state in its colour.
  var cell: Table.Cell {
    let colour: Screen.Colour? =
      switch self {
      case .pending: nil
      case .uploaded: .warning
      case .logged: .good
      case .parked, .rejected: .bad
      case .withdrawn: .quiet
      }
    return Table.Cell(rawValue, colour)
  }
}

/// Moments as a person thinks of them.
enum Age {
  /// `12s ago`.
  static func of(_ moment: Timestamp, at now: Timestamp) -> String { (now - moment).brief + " ago" }

  /// `in 12s`, or `now`.
  static func until(_ moment: Timestamp, from now: Timestamp) -> String {
    moment <= now ? "now" : "in " + (moment - now).brief
  }

  /// A moment as it is printed elsewhere, with how long ago it was.
  static func of(iso8601 text: String, at now: Timestamp) -> String {
    guard let moment = MomentText.parse(text, now: now) else { return text }
    return "\(text) (\(of(moment, at: now)))"
  }
}
