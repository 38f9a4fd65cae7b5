/// The role to assume, and how.
package struct RoleSettings: Sendable, Equatable {
  package var arn: String
  package var externalID: String?
  /// 2 to 64 characters of `[\w+=,.@-]`; see ``sessionName(from:)``.
  package var sessionName: String
  /// 15 min to 12 h; at most an hour where the base credentials are a role's themselves.
  package var duration: Duration

  package init(
    arn: String, externalID: String? = nil, sessionName: String, duration: Duration = .seconds(3600)
  ) {
    self.arn = arn
    self.externalID = externalID
    self.sessionName = sessionName
    self.duration = duration
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
