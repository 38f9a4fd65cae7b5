import DaemonConfiguration
import DeliveryModel
import Synchronization
import SystemSupport
import Testing

@testable import Folders

/// Values that tests are made of; what a test is about is passed in.
enum Fixture {
  static let wall = Timestamp(milliseconds: 1_764_000_000_000)

  static func digest(_ value: UInt64) -> SHA256Digest { SHA256Digest(words: (value, 1, 2, 3)) }

  static func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  static func file(_ name: String = "a.pdf", folder: String = "inbox", size: Int64 = 10, inode: UInt64 = 7)
    -> SettledFile
  {
    SettledFile(
      folder: folder, path: path(name),
      identity: FileIdentity(device: 1, inode: inode, size: size, modified: 5, changed: 6), owner: 1000,
      received: wall, settled: wall, evidence: .lease, discovery: .event)
  }

  static func prepared(_ content: UInt64 = 1, key: String = "inbox/a.pdf") -> PreparedDelivery {
    PreparedDelivery(
      sha256: digest(content), id: DeliveryID(digest: digest(content &+ 100)), bucket: "files", objectKey: key,
      contentType: "application/pdf", owner: "mara", host: "server")
  }

  static func delivery(_ number: Int64 = 1, name: String = "a.pdf", size: Int64 = 10) -> Delivery {
    Delivery(number: number, file: file(name, size: size), nextAttempt: wall)
  }

  /// A delivery whose object is acknowledged and whose record is not.
  static func uploaded(_ number: Int64 = 1, name: String = "a.pdf") -> Delivery {
    var delivery = delivery(number, name: name)
    delivery.prepared = prepared()
    delivery.state = .uploaded
    delivery.receipt = UploadReceipt(etag: "\"e\"", versionID: "v1", uploaded: wall)
    delivery.attempts = 1
    return delivery
  }

  /// One folder, `inbox`, that lies at `path` and has these further keys.
  static func settings(_ path: String, _ keys: String = "") throws -> ConfiguredFolders {
    let text = """
      [aws]
      region = "eu-south-1"
      bucket = "files"
      table = "records"
      [[folder]]
      name = "inbox"
      path = "\(path)"
      \(keys)
      """
    let outcome = ConfigurationLoader.parse(Array(text.utf8), file: "test", environment: [:], folders: .none)
    return ConfiguredFolders(folders: try #require(outcome.configuration).folders)
  }
}

/// What the folders show, kept for a test to look at.
final class ShownTroubles: FolderDisplay {
  let pageChanges = Mailbox<Void>()
  private let shown = Mutex<[TroubleSubject: String]>([:])

  var troubles: [TroubleSubject: String] { shown.withLock { $0 } }
  func outlook(for folder: String) -> DeliveryOutlook? { nil }
  func show(_ trouble: String?, of subject: TroubleSubject) { shown.withLock { $0[subject] = trouble } }
  func showFollowUps(_ outcomes: [FollowUpTroubles.Outcome]) {}
  func keepTroubles(of folders: [FolderSettings]) {}
  func touch() {}
}
