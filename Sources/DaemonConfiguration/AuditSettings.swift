/// `[audit]`: with whose rights `audit` reads. It never uses those of the daemon, which may read nothing.
package struct AuditSettings: Sendable, Equatable {
  /// A profile of the AWS configuration files; nil for the usual places.
  package let profile: String?
  /// The auditor's role; nil to work with the credentials as they are.
  package let role: RoleSettings?

  static func read(_ audit: TOMLTableReader) -> AuditSettings {
    let settings = AuditSettings(
      profile: audit.value("profile", .text("the name of a profile")), role: RoleSettings.read(audit))
    audit.finish()
    return settings
  }
}
