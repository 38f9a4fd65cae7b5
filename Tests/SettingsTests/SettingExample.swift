import DaemonConfiguration
import Testing

/// Two values of one key of the configuration, as they are written in the file.
struct SettingExample: Sendable, CustomTestStringConvertible {
  let key: String
  /// Nil: the key is not there.
  let before: String?
  let after: String?
  /// What else the key needs beside it.
  let beside: [String: String]

  init(_ key: String, _ before: String?, _ after: String?, _ beside: [String: String] = [:]) {
    self.key = key
    self.before = before
    self.after = after
    self.beside = beside
  }

  var testDescription: String { key }

  func configurations(_ more: [String: String] = [:]) throws -> (Configuration, Configuration) {
    let beside = beside.merging(more) { own, _ in own }
    func written(_ value: String?) -> [String: String] { value.map { [key: $0] } ?? [:] }
    return (
      try Self.configuration(beside.merging(written(before)) { $1 }),
      try Self.configuration(beside.merging(written(after)) { $1 })
    )
  }

  /// The configuration that says this, and else what it must.
  static func configuration(_ values: [String: String]) throws -> Configuration {
    var sections: [String: [String]] = [:]
    let needed = [
      "aws.region": #""eu-south-1""#, "aws.bucket": #""files""#, "aws.table": #""records""#, "folder.name": #""inbox""#,
      "folder.path": #""/srv/inbox""#,
    ]
    for (key, value) in needed.merging(values, uniquingKeysWith: { $1 }) {
      let parts = key.split(separator: ".")
      sections[String(parts[0]), default: []].append("\(parts[1]) = \(value)")
    }
    let text = sections.sorted { $0.key < $1.key }.map { section, lines in
      ([section == "folder" ? "[[folder]]" : "[\(section)]"] + lines).joined(separator: "\n")
    }
    let outcome = ConfigurationLoader.parse(
      Array(text.joined(separator: "\n").utf8), file: "test", environment: [:], folders: .none)
    return try #require(outcome.configuration, "\(outcome.diagnostics)")
  }
}

// MARK: - One of each key

extension SettingExample {
  static let all = aws + role("aws") + upload + role("audit") + others + alerts + custody + folder

  private static let arns = [1, 2].map { "\"arn:aws:iam::123456789012:role/Role\($0)\"" }
  private static let keyFiles = ["aws.access_key_id_file": #""/etc/id""#, "aws.secret_access_key_file": #""/etc/key""#]
  private static let hosts = [#""https://one.example.org""#, #""https://two.example.org""#]
  private static let webhook = ["alerts.webhook_url": hosts[0], "alerts.webhook_secret_file": #""/etc/key""#]
  private static let program = ["alerts.command": #"["/usr/bin/one"]"#]
  private static let ledger = ["custody.signing_key_file": #""/etc/key.pem""#]
  private static let kms = ["upload.server_side_encryption": #""aws:kms""#]
  private static let scanner = ["folder.antivirus": #""/run/one.ctl""#]

  private static let aws = [
    Self("aws.region", #""eu-south-1""#, #""eu-west-1""#),
    Self("aws.bucket", #""one""#, #""two""#),
    Self("aws.table", #""one""#, #""two""#),
    Self("aws.profile", #""one""#, #""two""#),
    Self("aws.access_key_id_file", #""/etc/one""#, #""/etc/two""#, keyFiles),
    Self("aws.secret_access_key_file", #""/etc/one""#, #""/etc/two""#, keyFiles),
    Self("aws.requester_pays", "false", "true"),
    Self("aws.expected_bucket_owner", #""123456789012""#, #""123456789013""#),
    Self("aws.endpoint_url", hosts[0], hosts[1]),
    Self("aws.s3_endpoint_url", hosts[0], hosts[1]),
    Self("aws.dynamodb_endpoint_url", hosts[0], hosts[1]),
    Self("aws.sts_endpoint_url", hosts[0], hosts[1]),
    Self("aws.use_fips_endpoint", "false", "true"),
    Self("aws.use_dualstack_endpoint", "false", "true"),
    Self("aws.path_style", "false", "true"),
    Self("aws.ca_bundle", #""/etc/one.pem""#, #""/etc/two.pem""#),
    Self("aws.proxy", nil, #""http://proxy.example.org:3128""#),
  ]

  private static func role(_ section: String) -> [Self] {
    let role = ["\(section).role_arn": arns[0]]
    let tags = role.merging(["\(section).session_tags": #"{ Office = "Roma" }"#]) { $1 }
    var examples = [
      Self("\(section).role_arn", arns[0], arns[1]),
      Self("\(section).external_id", #""example-1""#, #""example-2""#, role),
      Self("\(section).session_name", #""one""#, #""two""#, role),
      Self("\(section).role_duration", #""1h""#, #""2h""#, role),
      Self("\(section).source_identity", #""one""#, #""two""#, role),
      Self("\(section).session_tags", #"{ Office = "Roma" }"#, #"{ Office = "Torino" }"#, role),
      Self("\(section).transitive_session_tags", "[]", #"["Office"]"#, tags),
    ]
    if section == "audit" { examples.append(Self("audit.profile", #""one""#, #""two""#)) }
    return examples
  }

  private static let upload = [
    Self("upload.concurrency", "16", "48"),
    Self("upload.part_size", #""16MiB""#, #""32MiB""#),
    Self("upload.multipart_threshold", #""64MiB""#, #""65MiB""#),
    Self("upload.part_concurrency", "4", "5"),
    Self("upload.bandwidth_limit", nil, #""20MB/s""#),
    Self("upload.storage_class", #""STANDARD""#, #""STANDARD_IA""#),
    Self("upload.acl", nil, #""bucket-owner-full-control""#),
    Self("upload.server_side_encryption", #""AES256""#, #""aws:kms""#),
    Self("upload.kms_key_id", #""alias/one""#, #""alias/two""#, kms),
    Self("upload.bucket_key", "true", "false", kms),
    Self("upload.write_once", "false", "true", ["folder.key": #""{folder}/{path}/{id}""#]),
    Self("upload.retry_base", #""1s""#, #""2s""#),
    Self("upload.retry_cap", #""15m""#, #""16m""#),
    Self("upload.answer_timeout", #""5m""#, #""6m""#),
    Self("upload.checksum", #""auto""#, #""sha256""#),
  ]

  private static let others = [
    Self("journal.directory", #""/var/lib/one""#, #""/var/lib/two""#),
    Self("journal.history", #""400d""#, #""30d""#),
    Self("journal.history_size", #""4GiB""#, #""64MiB""#),
    Self("status.metrics_file", nil, #""/run/one.prom""#),
    Self("status.language", #""en""#, #""it""#, ["folder.language": #""en""#]),
    Self("unit.only_folders", "false", "true"),
  ]

  private static let custody = [
    Self("custody.signing_key_file", #""/etc/one.pem""#, #""/etc/two.pem""#),
    Self(
      "custody.timestamp_url", hosts[0], hosts[1], ledger.merging(["custody.timestamp_ca": #""/etc/ca.pem""#]) { $1 }),
    Self(
      "custody.timestamp_ca", #""/etc/one.pem""#, #""/etc/two.pem""#,
      ledger.merging(["custody.timestamp_url": hosts[0]]) { $1 }),
    Self("custody.bucket", nil, #""ledger""#, ledger),
    Self("custody.prefix", #""_custody""#, #""_ledger""#, ledger),
    Self("custody.close", #""00:10""#, #""01:00""#, ledger),
    Self("custody.names", #""clear""#, #""hashed""#, ledger),
  ]

  private static let alerts = [
    Self("alerts.webhook_url", hosts[0], hosts[1], webhook),
    Self("alerts.webhook_url_file", #""/etc/one""#, #""/etc/two""#, ["alerts.webhook_secret_file": #""/etc/key""#]),
    Self("alerts.webhook_secret_file", #""/etc/one""#, #""/etc/two""#, webhook),
    Self("alerts.webhook_timeout", #""15s""#, #""16s""#, webhook),
    Self("alerts.ca_bundle", #""/etc/one.pem""#, #""/etc/two.pem""#, webhook),
    Self("alerts.proxy", nil, #""http://proxy.example.org:3128""#, webhook),
    Self("alerts.command", #"["/usr/bin/one"]"#, #"["/usr/bin/one", "more"]"#),
    Self("alerts.command_timeout", #""30s""#, #""31s""#, program),
    Self("alerts.events", #"["parked"]"#, #"["parked", "rejected"]"#, program),
    Self("alerts.oldest_pending", #""1h""#, #""2h""#, program),
    Self("alerts.digest", #""07:00""#, #""08:00""#, program),
  ]

  private static let folder = [
    Self("folder.name", #""one""#, #""two""#),
    Self("folder.path", #""/srv/one""#, #""/srv/two""#),
    Self("folder.key", #""{folder}/{path}""#, #""documents/{path}""#),
    Self("folder.recursive", "true", "false"),
    Self("folder.watch", #""auto""#, #""poll""#),
    Self("folder.poll_interval", #""30s""#, #""31s""#),
    Self("folder.settle", #""5s""#, #""6s""#),
    Self("folder.rescan", #""5m""#, #""6m""#),
    Self("folder.include", "[]", #"["*.pdf"]"#),
    Self("folder.exclude", "[]", #"["*.bak"]"#),
    Self("folder.case_sensitive", nil, "false"),
    Self("folder.ignore_temporary", "true", "false"),
    Self("folder.tags", #"{ matter = "1" }"#, #"{ matter = "2" }"#),
    Self("folder.after_upload", #""keep""#, #""delete""#),
    Self("folder.move_to", #""_sent""#, #""_done""#, ["folder.after_upload": #""move""#]),
    Self("folder.delete_after", #""30m""#, #""31m""#, ["folder.after_upload": #""delete""#]),
    Self("folder.min_size", #""1B""#, #""2B""#),
    Self("folder.max_size", #""1GiB""#, #""2GiB""#),
    Self("folder.allowed_types", #"["application/pdf"]"#, #"["image/*"]"#),
    Self("folder.name_pattern", #""[0-9]+""#, #""[a-z]+""#),
    Self(
      "folder.name_message", #""Begin with the number.""#, #""Begin with a letter.""#,
      ["folder.name_pattern": #""[0-9].*""#]),
    Self("folder.antivirus", #""/run/one.ctl""#, #""/run/two.ctl""#),
    Self("folder.antivirus_timeout", #""2m""#, #""3m""#, scanner),
    Self("folder.antivirus_failure", #""refuse""#, #""deliver""#, scanner),
    Self("folder.rejected_to", #""_no""#, #""_refused""#, ["folder.min_size": #""1B""#]),
    Self("folder.receipt", #""daily""#, #""file""#),
    Self("folder.status_page", "false", "true"),
    Self("folder.saved_by", nil, #""samba""#),
    Self("folder.language", #""en""#, #""it""#),
  ]
}
