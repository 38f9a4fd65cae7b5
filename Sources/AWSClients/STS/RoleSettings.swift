/// The role to assume, and how.
package struct RoleSettings: Sendable, Equatable {
  package var arn: String
  package var externalID: String?
  /// 2 to 64 characters of `[\w+=,.@-]`; see ``sessionName(from:)``.
  package var sessionName: String
  /// 15 min to 12 h; at most an hour where the base credentials are a role's themselves.
  package var duration: Duration
  /// Who is behind the session, as CloudTrail shows it and no later role can change; 2 to 64 of `[\w+=,.@-]`.
  package var sourceIdentity: String?
  /// The session's tags, for the conditions of policies; at most 50.
  package var tags: [SessionTag]

  /// A tag of the session of a role.
  ///
  /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
  package struct SessionTag: Sendable, Equatable {
    package var key: String
    package var value: String
    /// Whether it stays with the sessions of roles that are assumed from this one.
    package var isTransitive: Bool

    package init(key: String, value: String, isTransitive: Bool = false) {
      self.key = key
      self.value = value
      self.isTransitive = isTransitive
    }
  }

  package init(
    arn: String, externalID: String? = nil, sessionName: String, duration: Duration = .seconds(3600),
    sourceIdentity: String? = nil, tags: [SessionTag] = []
  ) {
    self.arn = arn
    self.externalID = externalID
    self.sessionName = sessionName
    self.duration = duration
    self.sourceIdentity = sourceIdentity
    self.tags = tags
  }

  /// A session name made of any text: what is not allowed becomes `-`, and the rest is cut off.
  ///
  /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  package static func sessionName(from text: String) -> String {
    let allowed = text.unicodeScalars.prefix(64).map { scalar -> Character in
      let isWord = scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
      return isWord || "_+=,.@-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
    }
    return allowed.count < 2 ? "s3loggerd" : String(allowed)
  }
}
