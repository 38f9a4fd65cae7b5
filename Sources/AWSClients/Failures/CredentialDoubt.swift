package import DeliveryModel

extension ServiceFailure {
  /// Whether other credentials might be answered otherwise: then the provider is asked anew before the next attempt. A
  /// refusal by policy counts, too: the session may be revoked, or the key may be that of somebody else by now.
  package var doubtsCredentials: Bool {
    isRefusal
      && (blamesKey || FailureTable.accessDenied.contains(code) || Self.foreign.contains(code))
  }

  /// Whether the service says that the key itself is wrong.
  package var blamesKey: Bool {
    isRefusal
      && (FailureTable.unknownKey.contains(code) || FailureTable.probableSkew.contains(code)
        || FailureTable.expired.contains(code) || code == "InvalidSecurity")
  }

  /// A signature that does not fit is a matter of the clock where the service's time says so.
  private var isRefusal: Bool { [.blocked, .refused, .refresh].contains(failureClass) }

  /// Refusals without a code of the service.
  private static let foreign = ["http-401", "http-403"]

  /// Says in addition that the key in use is that of the service's start.
  package var withRestartHint: ServiceFailure {
    reworded {
      $0 + "; the key in use was handed over when the service started: after a change, systemctl restart s3loggerd"
    }
  }
}
