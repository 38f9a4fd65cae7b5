import DaemonConfiguration
import DeliveryModel

/// A key of the configuration: where its value is, and what a change of it takes. `Source` is what has such a key, the
/// configuration or a folder of it.
struct Setting<Source: Sendable>: Sendable {
  /// Without the number of the folder: `folder.settle`.
  let key: String
  let effect: SettingsChange.Effect
  /// What a change of it may need of the unit.
  let needs: Set<UnitDropIn.Need>
  let differs: @Sendable (_ old: Source, _ new: Source) -> Bool

  init<Value: Equatable & SendableMetatype>(
    _ key: String, _ effect: SettingsChange.Effect = .live, needs: Set<UnitDropIn.Need> = [],
    _ value: @escaping @Sendable (Source) -> Value
  ) {
    self.key = key
    self.effect = effect
    self.needs = needs
    differs = { value($0) != value($1) }
  }
}

// MARK: - The whole configuration

extension Setting<Configuration> {
  /// Every key that is of no folder, in the order of the file. `aws.endpoint_url` is not among them: it shows in the keys of
  /// the three services, whose default it is.
  static let common = aws + upload + journal + audit + status + alerts + custody + unit

  private static let aws: [Self] =
    [
      Self("aws.region") { $0.aws.region },
      Self("aws.bucket") { $0.aws.bucket },
      Self("aws.table") { $0.aws.table },
    ] + role(of: "aws") { $0.aws.role } + [
      Self("aws.profile") { $0.aws.profile },
      Self("aws.access_key_id_file", needs: [.programs, .places]) { $0.aws.keyFiles?.accessKeyID },
      Self("aws.secret_access_key_file", needs: [.programs, .places]) { $0.aws.keyFiles?.secretAccessKey },
      Self("aws.requester_pays") { $0.aws.requesterPays },
      Self("aws.expected_bucket_owner") { $0.aws.expectedBucketOwner },
      Self("aws.s3_endpoint_url") { $0.aws.endpoints[.s3] },
      Self("aws.dynamodb_endpoint_url") { $0.aws.endpoints[.dynamodb] },
      Self("aws.sts_endpoint_url") { $0.aws.endpoints[.sts] },
      Self("aws.use_fips_endpoint") { $0.aws.usesFIPS },
      Self("aws.use_dualstack_endpoint") { $0.aws.usesDualStack },
      Self("aws.path_style") { $0.aws.pathStyle },
      Self("aws.ca_bundle", needs: [.places]) { $0.aws.caBundle },
      Self("aws.proxy") { $0.aws.proxy },
    ]

  private static func role(
    of section: String, _ role: @escaping @Sendable (Configuration) -> RoleSettings?
  ) -> [Self] {
    [
      Self("\(section).role_arn") { role($0)?.arn },
      Self("\(section).external_id") { role($0)?.externalID },
      Self("\(section).session_name") { role($0)?.sessionName },
      Self("\(section).role_duration") { role($0)?.duration },
      Self("\(section).source_identity") { role($0)?.sourceIdentity },
      Self("\(section).session_tags") { role($0)?.sessionTags.map { [$0.name, $0.value] } },
      Self("\(section).transitive_session_tags") { role($0)?.sessionTags.filter(\.isTransitive).map(\.name) },
    ]
  }

  private static let upload: [Self] = [
    Self("upload.concurrency") { $0.upload.concurrency },
    Self("upload.part_size") { $0.upload.partSize },
    Self("upload.multipart_threshold") { $0.upload.multipartThreshold },
    Self("upload.part_concurrency") { $0.upload.partConcurrency },
    Self("upload.bandwidth_limit") { $0.upload.bandwidthLimit },
    Self("upload.storage_class") { $0.upload.storageClass },
    Self("upload.acl") { $0.upload.acl },
    Self("upload.server_side_encryption") { $0.upload.encryption },
    Self("upload.kms_key_id") { $0.upload.kmsKeyID },
    Self("upload.bucket_key") { $0.upload.usesBucketKey },
    Self("upload.write_once") { $0.upload.writeOnce },
    Self("upload.retry_base") { $0.upload.retry.base },
    Self("upload.retry_cap") { $0.upload.retry.cap },
    Self("upload.answer_timeout") { $0.upload.answerTimeout },
    Self("upload.checksum") { $0.upload.checksum },
  ]

  private static let journal: [Self] = [
    Self("journal.directory", .restart, needs: [.places]) { $0.journal.directory },
    Self("journal.history") { $0.journal.history },
    Self("journal.history_size") { $0.journal.historySize },
  ]

  /// Read by `audit` itself, each time.
  private static let audit: [Self] = [Self("audit.profile") { $0.audit.profile }] + role(of: "audit") { $0.audit.role }

  private static let status: [Self] = [
    Self("status.metrics_file", needs: [.places]) { $0.status.metricsFile },
    Self("status.language") { $0.status.language },
  ]

  private static let alerts: [Self] = [
    Self("alerts.webhook_url") { $0.alerts.webhook?.url },
    Self("alerts.webhook_url_file") { $0.alerts.webhook?.urlFile },
    Self("alerts.webhook_secret_file", needs: [.places]) { $0.alerts.webhook?.secretFile },
    Self("alerts.webhook_timeout") { $0.alerts.webhook?.timeout },
    Self("alerts.ca_bundle", needs: [.places]) { $0.alerts.webhook?.caBundle },
    Self("alerts.proxy") { $0.alerts.webhook?.proxy },
    Self("alerts.command", needs: [.programs, .places]) { $0.alerts.command?.arguments },
    Self("alerts.command_timeout") { $0.alerts.command?.timeout },
    Self("alerts.events") { $0.alerts.events },
    Self("alerts.oldest_pending") { $0.alerts.oldestPending },
    Self("alerts.digest") { $0.alerts.digest },
  ]

  private static let custody: [Self] = [
    Self("custody.signing_key_file", needs: [.places]) { $0.custody?.signingKeyFile },
    Self("custody.timestamp_url") { $0.custody?.timestampURL },
    Self("custody.timestamp_ca", needs: [.places]) { $0.custody?.timestampCA },
    Self("custody.bucket") { $0.custody?.bucket },
    Self("custody.prefix") { $0.custody?.prefix },
    Self("custody.close") { $0.custody?.close },
    Self("custody.names") { $0.custody?.names },
  ]

  private static let unit: [Self] = [Self("unit.only_folders", needs: [.places]) { $0.unit.onlyFolders }]
}

extension AlertSettings.Webhook {
  fileprivate var url: String? { if case .url(let url) = address { url } else { nil } }
  fileprivate var urlFile: String? { if case .file(let path) = address { path } else { nil } }
}

// MARK: - A folder

extension Setting<FolderSettings> {
  /// Every key of a folder but its name: under another name it is another folder.
  static let ofFolder = watching + keeping + judging + telling

  private static let watching: [Self] = [
    Self("folder.path", needs: [.places]) { $0.path },
    Self("folder.key") { $0.key },
    Self("folder.recursive") { $0.recursive },
    Self("folder.watch") { $0.watch },
    Self("folder.poll_interval") { $0.pollInterval },
    Self("folder.settle") { $0.settle },
    Self("folder.rescan") { $0.rescan },
    Self("folder.include") { $0.include },
    Self("folder.exclude") { $0.exclude },
    Self("folder.case_sensitive") { $0.caseSensitive },
    Self("folder.ignore_temporary") { $0.ignoreTemporary },
    Self("folder.tags") { $0.tags },
  ]

  private static let keeping: [Self] = [
    Self("folder.after_upload", needs: [.writing, .places]) { $0.afterUpload },
    Self("folder.move_to") { $0.moveTo },
    Self("folder.delete_after") { $0.deleteAfter },
  ]

  private static let judging: [Self] = [
    Self("folder.min_size", needs: [.writing, .places]) { $0.rules.minSize },
    Self("folder.max_size", needs: [.writing, .places]) { $0.rules.maxSize },
    Self("folder.allowed_types", needs: [.writing, .places]) { $0.rules.allowedTypes },
    Self("folder.name_pattern", needs: [.writing, .places]) { $0.rules.namePattern },
    Self("folder.name_message") { $0.rules.nameMessage },
    Self("folder.antivirus", needs: [.writing, .places]) { $0.rules.antivirus },
    Self("folder.antivirus_timeout") { $0.rules.antivirusTimeout },
    Self("folder.antivirus_failure") { $0.rules.antivirusFailure },
    Self("folder.rejected_to") { $0.rejectedTo },
  ]

  private static let telling: [Self] = [
    Self("folder.receipt", needs: [.writing, .places]) { $0.receipt },
    Self("folder.status_page", needs: [.writing, .places]) { $0.statusPage },
    Self("folder.saved_by") { $0.savedBy },
    Self("folder.language") { $0.language },
  ]
}
