/// Everything a configuration says, checked and with its defaults: the daemon looks nowhere else.
package struct Configuration: Sendable, Equatable {
  package let aws: AWSSettings
  package let upload: UploadSettings
  package let audit: AuditSettings
  package let journal: JournalSettings
  package let status: StatusSettings
  package let alerts: AlertSettings
  /// Nil where there is no such list.
  package let custody: CustodySettings?
  package let unit: ServiceUnitSettings
  /// At least one; names unique, paths apart from each other and from the journal's directory.
  package let folders: [FolderSettings]
  /// Where `status.json` and other files of the running daemon belong: systemd's `RUNTIME_DIRECTORY`, or the journal's
  /// directory without systemd.
  package let runtimeDirectory: String

  /// The same, but with the places of `running`, which no process changes while it runs: its journal and its status.
  package func atPlaces(of running: Configuration) -> Configuration {
    Configuration(
      aws: aws, upload: upload, audit: audit,
      journal: JournalSettings(
        directory: running.journal.directory, history: journal.history, historySize: journal.historySize),
      status: status,
      alerts: alerts, custody: custody, unit: unit, folders: folders, runtimeDirectory: running.runtimeDirectory)
  }
}

/// `[journal]`.
package struct JournalSettings: Sendable, Equatable {
  /// An absolute path: as configured, else systemd's `STATE_DIRECTORY`, else `/var/lib/s3loggerd`.
  package let directory: String
  /// How long finished deliveries stay listed.
  package let history: Duration
  /// Bytes that the journal may take before the history is kept for a shorter time.
  package let historySize: Int64

  package init(directory: String, history: Duration, historySize: Int64) {
    self.directory = directory
    self.history = history
    self.historySize = historySize
  }

  package static let defaultDirectory = "/var/lib/s3loggerd"
  package static let defaultHistory = Duration.seconds(400 * 86_400)
  package static let defaultHistorySize: Int64 = 4 << 30
}

/// `[status]`.
package struct StatusSettings: Sendable, Equatable {
  /// The language of what staff read.
  package enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case italian = "it"
  }

  /// Where node_exporter looks for metrics, an absolute path; nil for nowhere.
  package let metricsFile: String?
  /// Of every folder that names none of its own.
  package let language: Language
}
