package import DeliveryModel

/// A run that ended without being asked to, as `status --json` prints it.
package struct UncleanExit: Codable, Sendable, Equatable {
  package var at: String
  package var reason: String

  package init(at: String, reason: String) {
    self.at = at
    self.reason = reason
  }
}

/// How a run ended that was not asked to.
package struct RunEnding: Sendable, Equatable {
  package var at: Timestamp
  package var reason: String

  package init(at: Timestamp, reason: String) {
    self.at = at
    self.reason = reason
  }

  package var report: UncleanExit { UncleanExit(at: at.iso8601, reason: reason) }
}
