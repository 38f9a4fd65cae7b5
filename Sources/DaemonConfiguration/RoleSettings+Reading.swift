import DeliveryModel

extension RoleSettings {
  static func read(_ aws: TOMLTableReader) -> RoleSettings? {
    let arn = aws.value("role_arn", .roleARN)
    let externalID = aws.value("external_id", .externalID)
    let sessionName = aws.value("session_name", .sessionName)
    let duration = aws.value("role_duration", .duration(.seconds(15 * 60) ... .seconds(12 * 3600)))
    let sourceIdentity = aws.value("source_identity", .sourceIdentity)
    let tags = SessionTag.read(aws)
    guard aws.has("role_arn") else {
      let names = [
        "external_id", "session_name", "role_duration", "source_identity", "session_tags", "transitive_session_tags",
      ]
      for name in names where aws.has(name) {
        aws.error(name, "has no effect without role_arn; add role_arn or remove it")
      }
      return nil
    }
    guard let arn else { return nil }
    return RoleSettings(
      arn: arn, externalID: externalID, sessionName: sessionName ?? defaultSessionName,
      duration: duration ?? defaultDuration, sourceIdentity: sourceIdentity, sessionTags: tags)
  }
}

extension SessionTag {
  /// https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
  static func read(_ aws: TOMLTableReader) -> [SessionTag] {
    let tags = aws.texts("session_tags", .sessionTagValue)
    let transitive = aws.list("transitive_session_tags", .text("the name of a tag in session_tags", limit: 128))
    let key = aws.key.appending("session_tags")
    if tags.count > 50 { aws.error("session_tags", "has \(tags.count) tags; write at most 50") }
    var seen: Set<String> = []
    for tag in tags {
      if !isName(tag.name) {
        aws.findings.error(
          key.appending(tag.name),
          "is no tag name; write 1 to 128 letters, digits, spaces and + - = . _ : / @, not beginning with aws:")
      }
      // IAM's condition keys know no case.
      if !seen.insert(tag.name.lowercased()).inserted {
        aws.findings.error(
          key.appending(tag.name),
          "differs from another tag only in capitals, which AWS does not tell apart; remove one")
      }
    }
    for name in transitive where !tags.contains(where: { $0.name.unicodeScalars.elementsEqual(name.unicodeScalars) }) {
      aws.error(
        "transitive_session_tags", "\(ShownValue.quoted(name)) is no tag in session_tags; add it there or remove it")
    }
    return tags.map { tag in
      SessionTag(name: tag.name, value: tag.value, isTransitive: transitive.contains(tag.name))
    }
  }

  private static func isName(_ name: String) -> Bool {
    let hasReservedStart = name.utf8.prefix(4).elementsEqual("aws:".utf8) || name.lowercased().hasPrefix("aws:")
    return 1...128 ~= name.unicodeScalars.count && !hasReservedStart && name.unicodeScalars.allSatisfy(isTagScalar)
  }

  /// Letters, separators, digits and `_.:/=+-@`.
  static func isTagScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .spaceSeparator:
      true
    default: "_.:/=+-@".unicodeScalars.contains(scalar)
    }
  }
}

extension ValueSyntax where Value == String {
  static var sessionTagValue: ValueSyntax {
    matching(
      "at most 256 letters, digits, spaces and + - = . _ : / @ in quotes", otherwise: "is no tag value"
    ) { text in
      text.unicodeScalars.count <= 256 && text.unicodeScalars.allSatisfy(SessionTag.isTagScalar)
    }
  }
}
