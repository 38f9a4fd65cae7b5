import DeliveryModel
import FoundationEssentials

/// What `status --json` prints and `status.json` holds. The names are an interface: people script against them.
package struct StatusReport: Codable, Sendable, Equatable {
  package var state: String
  package var status: String
  package var pid: Int32?
  /// When that process began, in clock ticks since the machine started.
  package var startTicks: UInt64?
  package var since: String?
  package var version: String
  package var queue: [String: Int]
  package var oldestPendingSeconds: Int?
  package var deliveredToday: Int
  package var lastDelivered: LastDelivered?
  package var services: [String: Service]
  /// Who is told of alerts; nil where nobody is.
  package var alerts: [String: Receiver]?
  package var folders: [Folder]
  /// The last run that ended without being asked to; nil if none did.
  package var lastUncleanExit: UncleanExit?
  /// What the configuration says since a reload and is not in force before a restart; nil for nothing.
  package var restartNeeded: [WaitingSetting]?

  /// A key that waits for a restart.
  package struct WaitingSetting: Codable, Sendable, Equatable {
    /// As diagnostics name it, such as `journal.directory`.
    package var key: String
    /// Of which folder; nil for a key of none.
    package var folder: String?
    /// What puts it in force.
    package var command: String
  }

  /// What is worked on; the file has none.
  package var underWay: UnderWay?

  /// As it was looked at last: at the start and once a day.
  package var journal: JournalSize?

  /// Whether something of the custody ledger waits; nil where there is none.
  package var custody: Custody?

  package struct Custody: Codable, Sendable, Equatable {
    /// `ok` or `degraded`.
    package var state: String
    /// What waits and what to do, in words.
    package var reason: String?
  }

  package struct JournalSize: Codable, Sendable, Equatable {
    package var bytes: Int64
    package var limit: Int64
    /// Since when the history is whole, where it is kept for a shorter time than configured, to keep to `limit`.
    package var historySince: String?
    /// True where nothing is removed for its age, as no service has confirmed the machine's clock since the start.
    package var clockUnconfirmed: Bool?
  }

  package struct LastDelivered: Codable, Sendable, Equatable {
    package var filename: String
    package var at: String

    package init(filename: String, at: String) {
      self.filename = filename
      self.at = at
    }
  }

  package struct Service: Codable, Sendable, Equatable {
    package var state: String
    package var since: String?
    package var reason: String?
    /// Folders of which it takes nothing while it takes others'; nil for none.
    package var closedFolders: [ClosedFolder]?
  }

  /// A folder of which a service takes nothing while it takes others'.
  package struct ClosedFolder: Codable, Sendable, Equatable {
    package var folder: String
    package var since: String
    package var reason: String
  }

  /// A receiver of alerts.
  package struct Receiver: Codable, Sendable, Equatable {
    /// `ok`, or `failing`: the rest is known only then.
    package var state: String
    /// When the first happened of what it was told and did not take.
    package var since: String?
    package var reason: String?
    /// How many alerts wait for it.
    package var waiting: Int?
  }

  /// A file that has not come to rest.
  package struct WaitingFile: Codable, Sendable, Equatable {
    package var path: String
    package var seconds: Int
    package var openForWriting: Bool
    /// After 30 minutes.
    package var warning: Bool
  }

  /// A file or directory that the service has not been allowed to read for a minute.
  package struct Unreadable: Codable, Sendable, Equatable {
    package var path: String
    package var directory: Bool
    package var since: String
    package var reason: String
  }

  /// A file that a built-in rule passes over and that stays.
  package struct Leftover: Codable, Sendable, Equatable {
    package var path: String
    /// The names that the rule is about.
    package var rule: String
    package var reason: String
    /// `unfinished`, `accompanying`, `metadata`, or `own-place` for a file of others where the daemon puts its own.
    package var kind: String
    /// When it last changed.
    package var since: String
  }

  package struct Folder: Codable, Sendable, Equatable {
    package var name: String
    package var path: String
    package var mode: String
    package var available: Bool
    package var directories: Int
    package var pending: Int
    package var waiting: Int
    /// Those of them that wait longer than a file at rest has to, the oldest first.
    package var waitingFiles: [WaitingFile]?
    package var ignored: [String: Int]
    /// The first of them that everybody may know who may list the folder.
    package var unreadable: [Unreadable]?
    /// All of them.
    package var unreadableCount: Int?
    /// Of ``waitingFiles`` and beyond: those that have waited for 30 minutes.
    package var overdueCount: Int?
    /// The first of them that everybody may know who may list the folder, what may be documents first.
    package var leftovers: [Leftover]?
    /// All of them.
    package var leftoverCount: Int?
    package var missedEvents: Int
    package var overflows: Int
    package var lastRescan: String?
    /// Between two scans of everything, where that is longer than configured.
    package var stretchedRescanSeconds: Int?
    /// Whether only every twentieth of the files that were there before this journal is asked for in the table, as none had a
    /// record; nil for no.
    package var recordsSampled: Bool?
    package var problem: String?
  }

  /// Whether it holds an age, which grows by itself.
  package var hasAges: Bool {
    oldestPendingSeconds != nil || folders.contains { $0.waiting > 0 }
  }

  /// One JSON document, indented, its keys in alphabetical order.
  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  /// Reads what ``json()`` wrote.
  package init(json: [UInt8]) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(StatusReport.self, from: Data(json))
  }

  package init(
    state: String, status: String, pid: Int32?, startTicks: UInt64? = nil, since: String?, version: String,
    queue: [String: Int],
    oldestPendingSeconds: Int?, deliveredToday: Int, lastDelivered: LastDelivered?, services: [String: Service],
    alerts: [String: Receiver]? = nil, folders: [Folder], lastUncleanExit: UncleanExit? = nil,
    restartNeeded: [WaitingSetting]? = nil,
    journal: JournalSize? = nil, custody: Custody? = nil
  ) {
    self.state = state
    self.status = status
    self.pid = pid
    self.startTicks = startTicks
    self.since = since
    self.version = version
    self.queue = queue
    self.oldestPendingSeconds = oldestPendingSeconds
    self.deliveredToday = deliveredToday
    self.lastDelivered = lastDelivered
    self.services = services
    self.alerts = alerts
    self.folders = folders
    self.lastUncleanExit = lastUncleanExit
    self.restartNeeded = restartNeeded
    self.journal = journal
    self.custody = custody
  }
}

extension StatusReport.JournalSize {
  init(_ history: JournalHistory) {
    self.init(
      bytes: history.bytes, limit: history.limit, historySince: history.since?.iso8601,
      clockUnconfirmed: history.isHeld ? true : nil)
  }
}

extension StatusReport {
  /// Of a daemon that does not run: what its journal says.
  package init(
    stopped status: String, queue: [String: Int], oldestPendingSeconds: Int?, deliveredToday: Int,
    lastDelivered: LastDelivered?, lastUncleanExit: UncleanExit?
  ) {
    self.init(
      state: "stopped", status: status, pid: nil, since: nil, version: Version.number, queue: queue,
      oldestPendingSeconds: oldestPendingSeconds, deliveredToday: deliveredToday, lastDelivered: lastDelivered,
      services: [:], folders: [], lastUncleanExit: lastUncleanExit)
  }
}
