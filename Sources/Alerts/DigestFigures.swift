import DeliveryJournal
import DeliveryModel
import FoundationEssentials
import FolderFeedback
import SystemSupport

/// What the daily digest tells. The names are an interface.
struct DigestFigures: Codable, Equatable, Sendable {
  var since: String
  var delivered: Int
  var bytes: Int64
  var rejected: Int
  /// These three are of the moment.
  var parked: Int
  var pending: Int
  var oldestPendingSeconds: Int64?
  /// By folder.
  var deliveredByFolder: [String: Int]
  var foldersWithoutDelivery: [String]
  /// When a run ended without being asked to; only if that was since.
  var lastUncleanExit: String?

  enum CodingKeys: String, CodingKey {
    case since, delivered, bytes, rejected, parked, pending
    case oldestPendingSeconds = "oldest_pending_seconds"
    case deliveredByFolder = "delivered_by_folder"
    case foldersWithoutDelivery = "folders_without_delivery"
    case lastUncleanExit = "last_unclean_exit"
  }

  /// `folders` are those that are watched.
  init(
    _ sums: Journal.Figures, folders: [String], since: Timestamp, now: Timestamp, uncleanExit: Timestamp?
  ) {
    self.since = since.iso8601
    delivered = sums.delivered.values.reduce(0) { $0 + $1.files }
    bytes = sums.delivered.values.reduce(0) { $0 + $1.bytes }
    rejected = sums.rejected
    parked = sums.parked
    pending = sums.pending
    oldestPendingSeconds = sums.oldest.map { max(0, (now - $0).components.seconds) }
    deliveredByFolder = sums.delivered.mapValues(\.files)
    foldersWithoutDelivery = folders.filter { sums.delivered[$0] == nil }.sorted()
    lastUncleanExit = uncleanExit.flatMap { $0 >= since ? $0.iso8601 : nil }
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// For people.
  var sentence: String {
    var text = "Since the last digest: \(delivered) delivered (\(Language.english.size(bytes))), \(rejected) refused."
    text += " Now: \(pending) waiting"
    if let oldestPendingSeconds { text += " (the oldest for \(Duration.seconds(oldestPendingSeconds).brief))" }
    text += ", \(parked) set aside."
    if !foldersWithoutDelivery.isEmpty {
      text += " Nothing came from: \(foldersWithoutDelivery.joined(separator: ", "))."
    }
    if let lastUncleanExit { text += " The daemon ended by itself at \(lastUncleanExit); s3loggerd status tells why." }
    if parked > 0 { text += " What was set aside: s3loggerd queue --state parked" }
    return text
  }
}
