extension Configuration {
  /// Reads the whole document. Nil where a required value is missing; other problems leave a default in place and an
  /// error in `findings`.
  static func read(_ root: TOMLTableReader, _ environment: Environment, _ probe: FolderProbe) -> Configuration? {
    let aws = AWSSettings.read(root.section("aws"), environment, probe)
    let upload = UploadSettings.read(root.section("upload"))
    let audit = AuditSettings.read(root.section("audit"))
    let journal = JournalSettings.read(root.section("journal"), environment)
    let status = StatusSettings.read(root.section("status"))
    let alerts = AlertSettings.read(root.section("alerts"), environment)
    let isInCustody = root.has("custody")
    let custody = CustodySettings.read(root.section("custody"), isThere: isInCustody, environment)
    let unit = ServiceUnitSettings.read(root.section("unit"))
    let sections = root.sections("folder")
    if !root.has("folder") { root.error("folder", "is missing; write at least one [[folder]] with name and path") }
    let common = FolderCandidate.Common(writeOnce: upload.writeOnce, language: status.language)
    let candidates = sections.map { FolderCandidate.read($0, common) }
    root.finish()
    FolderRelations.check(candidates, journal: journal.directory, metrics: status.metricsFile, probe, root.findings)
    SecretFiles.check(aws, alerts, custody, environment, probe, root.findings)
    let folders = candidates.compactMap(\.settings)
    guard let aws, !folders.isEmpty, folders.count == candidates.count else { return nil }
    return Configuration(
      aws: aws, upload: upload, audit: audit, journal: journal, status: status, alerts: alerts, custody: custody,
      unit: unit, folders: folders,
      runtimeDirectory: environment.firstDirectory("RUNTIME_DIRECTORY") ?? journal.directory)
  }
}

extension JournalSettings {
  static func read(_ journal: TOMLTableReader, _ environment: Environment) -> JournalSettings {
    let directory = journal.value("directory", .absolutePath("an absolute path, such as \"\(defaultDirectory)\""))
    if directory == "/" { journal.error("directory", "is the root directory; write one of the journal's own") }
    // 100 years: as good as for ever.
    let history = journal.value("history", .duration(.seconds(86_400) ... .seconds(36_500 * 86_400)))
    let size = journal.value("history_size", .byteCount(64 << 20...1 << 50))
    journal.finish()
    return JournalSettings(
      directory: directory ?? environment.firstDirectory("STATE_DIRECTORY") ?? defaultDirectory,
      history: history ?? defaultHistory, historySize: size ?? defaultHistorySize)
  }
}

extension StatusSettings {
  static func read(_ status: TOMLTableReader) -> StatusSettings {
    let settings = StatusSettings(
      metricsFile: status.value("metrics_file", .absolutePath("the absolute path of a file")),
      language: status.choice("language", default: .english))
    status.finish()
    return settings
  }
}
