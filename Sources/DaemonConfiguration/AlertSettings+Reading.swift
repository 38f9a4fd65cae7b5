import DeliveryModel

extension AlertSettings {
  private static let timeouts: ClosedRange<Duration> = .seconds(1) ... .seconds(120)
  private static let defaultBound = Duration.seconds(3600)

  static func read(_ alerts: TOMLTableReader, _ environment: Environment) -> AlertSettings {
    let webhook = Webhook.read(alerts, environment)
    let command = Command.read(alerts)
    let events = alerts.list("events", ValueSyntax<ChosenEvent>.choice)
    let bound = alerts.value("oldest_pending", .duration(.seconds(1) ... .seconds(30 * 86_400)))
    let digest = alerts.value("digest", .timeOfDay)
    let chosen = Set((alerts.has("events") ? events : ChosenEvent.allCases).compactMap(\.event))
    if alerts.has("oldest_pending"), !chosen.contains(.oldestPending) {
      alerts.error("oldest_pending", "has no effect without \"oldest_pending\" in events; add that or remove it")
    }
    checkReceivers(alerts)
    alerts.finish()
    return AlertSettings(
      webhook: webhook, command: command, events: chosen,
      oldestPending: chosen.contains(.oldestPending) ? bound ?? defaultBound : nil, digest: digest)
  }

  private static let receivers = ["webhook_url", "webhook_url_file", "command"]

  private static func checkReceivers(_ alerts: TOMLTableReader) {
    guard !receivers.contains(where: alerts.has) else { return }
    for name in ["events", "oldest_pending", "digest"] where alerts.has(name) {
      alerts.error(name, "has no effect without webhook_url, webhook_url_file or command; add one or remove it")
    }
  }

  /// The events that the configuration names.
  private enum ChosenEvent: String, CaseIterable {
    case rejected, parked, blocked, recovered
    case oldestPending = "oldest_pending"
    case folder

    var event: AlertNotice.Event? { AlertNotice.Event(rawValue: rawValue) }
  }

  /// A setting of a receiver that is not there.
  fileprivate static func refuse(_ names: [String], without needed: String, _ alerts: TOMLTableReader) {
    for name in names where alerts.has(name) {
      alerts.error(name, "has no effect without \(needed); add that or remove it")
    }
  }

  fileprivate static func timeout(_ name: String, default standard: Duration, _ alerts: TOMLTableReader) -> Duration {
    alerts.value(name, .duration(timeouts)) ?? standard
  }
}

extension AlertSettings.Webhook {
  /// What is wrong with a URL that was found in a file, in words that do not show it; nil for nothing.
  package static func problem(ofURL text: String) -> String? {
    do {
      _ = try ValueSyntax.webhook.parse(text)
      return nil
    } catch {
      return "\(error.clause); write \(ValueSyntax.webhook.expected)"
    }
  }

  static func read(_ alerts: TOMLTableReader, _ environment: Environment) -> Self? {
    let file = ValueSyntax.credentialFile(in: environment.credentialsDirectory)
    let url = alerts.value("webhook_url", .webhook)
    let urlFile = alerts.value("webhook_url_file", file)
    let secretFile = alerts.value("webhook_secret_file", file)
    let timeout = AlertSettings.timeout("webhook_timeout", default: .seconds(15), alerts)
    let bundle = alerts.value("ca_bundle", .absolutePath("the absolute path of a PEM file"))
    let proxy = alerts.value("proxy", .proxy)
    let address = url.map { Address.url($0) } ?? urlFile.map { .file($0) }
    if alerts.has("webhook_url"), alerts.has("webhook_url_file") {
      alerts.error("webhook_url_file", "stands beside webhook_url; keep one of the two")
    }
    guard alerts.has("webhook_url") || alerts.has("webhook_url_file") else {
      let names = ["webhook_secret_file", "webhook_timeout", "ca_bundle", "proxy"]
      AlertSettings.refuse(names, without: "webhook_url or webhook_url_file", alerts)
      return nil
    }
    if !alerts.has("webhook_secret_file") {
      alerts.error(
        "webhook_secret_file",
        "is missing; write the file of the key that requests are signed with, so that the receiver"
          + " knows whom they are from: openssl rand -base64 32 makes one")
    }
    guard let address, let secretFile else { return nil }
    return Self(address: address, secretFile: secretFile, timeout: timeout, caBundle: bundle, proxy: proxy)
  }
}

extension AlertSettings.Command {
  static func read(_ alerts: TOMLTableReader) -> Self? {
    let arguments = alerts.list("command", .argument)
    let timeout = AlertSettings.timeout("command_timeout", default: .seconds(30), alerts)
    guard alerts.has("command") else {
      AlertSettings.refuse(["command_timeout"], without: "command", alerts)
      return nil
    }
    guard let program = arguments.first, program.hasPrefix("/"), !program.hasSuffix("/") else {
      alerts.error(
        "command", "does not begin with the absolute path of a program; write [\"/usr/local/bin/notify\", \"argument\"]"
      )
      return nil
    }
    return Self(arguments: arguments, timeout: timeout)
  }
}
