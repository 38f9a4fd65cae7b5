import DeliveryModel
import Logging
import ServiceManager

/// What came out of doing errands.
struct ErrandReport: Sendable {
  struct Line: Sendable {
    var level: Logger.Level
    var message: Logger.Message
    var metadata: Logger.Metadata
  }

  /// What is to be made durable.
  var changes: [JournalChange] = []
  var lines: [Line] = []
  /// What could not be done, and what is over.
  var outcomes: [FollowUpTroubles.Outcome] = []

  mutating func note(_ level: Logger.Level, _ message: Logger.Message, _ delivery: Delivery, code: String? = nil) {
    var metadata: Logger.Metadata = [
      LogKey.folder: .string(delivery.file.folder), LogKey.path: .string(delivery.file.path.escaped),
      LogKey.number: .stringConvertible(delivery.number), LogKey.state: .string(delivery.state.rawValue),
    ]
    if let prepared = delivery.prepared { metadata[LogKey.deliveryID] = .string(prepared.id.text) }
    if let code { metadata[LogKey.code] = .string(code) }
    lines.append(Line(level: level, message: message, metadata: metadata))
  }
}
