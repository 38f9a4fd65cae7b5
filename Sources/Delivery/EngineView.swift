package import DeliveryModel

/// What the engine shows of itself whenever it may have changed.
package struct EngineView: Sendable {
  package var counters: QueueCounters
  package var s3: ServiceCondition
  package var dynamodb: ServiceCondition
  package var credentialFailure: (failure: ServiceFailure, since: Timestamp)?
  package var problem: String?
  /// By number, the deliveries that are refused, or not confirmed, while the service does its work for others.
  package var alone: [Int64: DeliveryMachine.Alone] = [:]
  /// Whether nothing is held in memory and nothing waits for the journal.
  package var isIdle: Bool
  /// Folders of which not every file of before this journal is asked for in the table.
  package var sampled: Set<String> = []
  /// How often deliveries that were set aside became open again.
  package var reopened = 0
}
