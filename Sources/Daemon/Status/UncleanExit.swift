/// A run that ended without being asked to, as `status --json` prints it.
package struct UncleanExit: Codable, Sendable, Equatable {
  package var at: String
  package var reason: String

  package init(at: String, reason: String) {
    self.at = at
    self.reason = reason
  }
}
