import DeliveryModel

extension RoleSettings {
  static func read(_ aws: TOMLTableReader) -> RoleSettings? {
    let arn = aws.value("role_arn", .roleARN)
    let externalID = aws.value("external_id", .externalID)
    let sessionName = aws.value("session_name", .sessionName)
    let duration = aws.value("role_duration", .duration(.seconds(15 * 60) ... .seconds(12 * 3600)))
    guard aws.has("role_arn") else {
      for name in ["external_id", "session_name", "role_duration"] where aws.has(name) {
        aws.error(name, "has no effect without role_arn; add role_arn or remove it")
      }
      return nil
    }
    guard let arn else { return nil }
    return RoleSettings(
      arn: arn, externalID: externalID, sessionName: sessionName ?? defaultSessionName,
      duration: duration ?? defaultDuration)
  }
}
