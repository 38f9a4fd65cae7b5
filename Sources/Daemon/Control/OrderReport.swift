import ControlSocket
import Delivery
import DeliveryJournal
import DeliveryModel

/// What came of orders, by delivery and in words: from the running daemon, or from a command where none runs.
enum OrderReport {
  /// Of an order for these deliveries.
  static func items(_ outcome: RetryOutcome, asked numbers: [Int64], isRunning: Bool = true) -> [ControlItem] {
    let found = Dictionary(outcome.retried.named.map { ($0.number, $0) }) { first, _ in first }
    return unique(numbers).map { number in
      guard let delivery = found[number] else { return unknown(number) }
      switch delivery.state {
      case .logged: return recorded(delivery, "there is nothing to try again")
      case .withdrawn: return withdrawn(delivery, "there is nothing to try again")
      case .pending, .uploaded, .parked, .rejected:
        if outcome.underWay.contains(number) {
          return ControlItem(
            number: number, .underWay,
            delivery.state == .uploaded ? "is being recorded already" : "is being read or sent already")
        }
        return ControlItem(
          number: number, .due,
          isRunning ? "will be tried now" : "will be tried when the daemon starts; it does not run now")
      }
    }
  }

  /// Of an order to end these deliveries.
  static func items(_ outcome: DismissalOutcome, asked numbers: [Int64]) -> [ControlItem] {
    let ended = Set(outcome.dismissed.ended.map(\.number))
    let kept = Dictionary(outcome.dismissed.kept.map { ($0.number, $0) }) { first, _ in first }
    return unique(numbers).map { number in
      if outcome.underWay.contains(number) {
        return ControlItem(number: number, .underWay, "is being uploaded at this moment, and goes on")
      }
      if ended.contains(number) {
        return ControlItem(number: number, .ended, "ended; its file stays, and is not taken up unless it changes")
      }
      guard let delivery = kept[number] else { return unknown(number) }
      switch delivery.state {
      case .logged: return recorded(delivery, "there is nothing to dismiss")
      case .withdrawn: return withdrawn(delivery, "there is nothing to dismiss")
      case .pending, .uploaded, .rejected:
        return ControlItem(
          number: number, .refused, "is \(delivery.state.rawValue): it is in S3 and must get its record")
      case .parked:
        return ControlItem(
          number: number, .refused,
          "is parked: it is in S3 and must get its record: s3loggerd queue retry \(number)")
      }
    }
  }

  private static func unique(_ numbers: [Int64]) -> [Int64] {
    var seen: Set<Int64> = []
    return numbers.filter { seen.insert($0).inserted }
  }

  private static func unknown(_ number: Int64) -> ControlItem {
    ControlItem(number: number, .unknown, "there is no such delivery")
  }

  private static func recorded(_ delivery: Delivery, _ consequence: String) -> ControlItem {
    let moment = delivery.logged.map { "; it was recorded at \($0.iso8601)" } ?? ""
    return ControlItem(number: delivery.number, .recorded, "is logged: \(consequence)\(moment)")
  }

  private static func withdrawn(_ delivery: Delivery, _ consequence: String) -> ControlItem {
    ControlItem(
      number: delivery.number, .withdrawn,
      "is withdrawn: \(consequence)\(delivery.lastError.map { " (\($0))" } ?? "")")
  }
}
