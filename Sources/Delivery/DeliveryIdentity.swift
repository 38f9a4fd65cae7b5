import AWSClients
import Cryptography
import DeliveryModel

/// Where a record stands in the table.
struct RecordKey: Sendable, Equatable {
  var id: DeliveryID
  var objectKey: String
}

/// Under which other ids a file may be recorded already, and which one it has for itself.
struct IdentityChoice: Sendable, Equatable {
  /// As version 1.0.0 called it; nil where nobody need ask for that.
  var former: RecordKey?
  /// The id that no other arrival has.
  var own: RecordKey
  /// Whether the object key has the id: then it has to be final before anything is sent.
  var isInKey: Bool
}

/// What a record that is there already is to a delivery.
enum RecordStanding: Sendable, Equatable {
  /// An earlier attempt of this very delivery wrote it.
  case ours
  /// It is of this very arrival, by an earlier journal or another host.
  case known
  /// It is of another arrival of the same content.
  case another
  /// It is not of this content at this path.
  case foreign
}

extension RecordStanding {
  /// A file that has lain unchanged for so long before its record was written is what was recorded: more than the clocks of
  /// the file system and the service differ where they are kept, less than a file rests before it is sent.
  static let clockAllowance = Duration.seconds(2)

  /// - Parameters:
  ///   - record: what the table has under the delivery's id.
  ///   - delivery: hashed.
  ///   - offset: what has to be added to this host's time to have the service's.
  init(of record: StoredRecord, for delivery: Delivery, offset: Duration) {
    let file = delivery.file
    guard record.agrees(sha256: delivery.prepared?.sha256, size: file.identity.size),
      record.isOfRefusedFile == (delivery.verdict?.isRejected == true),
      record["folder"].utf8.elementsEqual(file.folder.utf8),
      record["source_path"].utf8.elementsEqual(DeliveryRecord.text(of: file.path).utf8)
    else {
      self = .foreign
      return
    }
    // A version before fixed its id, which has the file's mtime.
    guard let arrival = delivery.arrival else {
      self = .ours
      return
    }
    if record["arrival"] == arrival.text {
      self = .ours
    } else if delivery.isFromFirstScan {
      self = .known
    } else if let uploaded = Timestamp(iso8601: record["uploaded_at"]),
      uploaded > Timestamp(nanoseconds: file.identity.changed) + offset + Self.clockAllowance
    {
      self = .known
    } else {
      self = .another
    }
  }
}

extension DeliveryID {
  /// The id of a content at a path; with `arrival` that of this one alone.
  init(_ file: SettledFile, _ content: Content, arrival: ArrivalID? = nil) {
    let bytes = Self.preimage(folder: file.folder, path: file.path, content: content, arrival: arrival)
    self.init(digest: SHA256.digest(of: bytes))
  }

  /// What version 1.0.0 called it.
  init(formerlyOf file: SettledFile, _ content: SHA256Digest) {
    let bytes = Self.formerPreimage(
      folder: file.folder, path: file.path, modified: file.identity.modified, content: content)
    self.init(digest: SHA256.digest(of: bytes))
  }
}

extension Delivery {
  /// The id that no other arrival has; nil for one whose id a version before fixed, and before it is hashed.
  var ownID: DeliveryID? {
    guard let arrival, let prepared else { return nil }
    return DeliveryID(file, content(prepared.sha256), arrival: arrival)
  }

  /// What its id is made of; `digest` is nil for a file that was refused unread.
  func content(_ digest: SHA256Digest?) -> DeliveryID.Content {
    digest.map(DeliveryID.Content.digest) ?? .unread(modified: file.identity.modified, size: file.identity.size)
  }
}

/// Whether the files that the first scan of a folder found are recorded already: asked for each, until it shows that they are
/// not; then for every twentieth, until one is.
struct RecordLookups: Sendable, Equatable {
  private struct Run: Sendable, Equatable {
    var misses = 0
    var passed = 0
  }

  private var runs: [String: Run] = [:]

  /// So many misses in a row, and that many are passed over for one that is asked for.
  static let patience = 200
  static let stride = 20

  /// Whether the next file of the folder is to be asked for.
  mutating func wants(_ folder: String) -> Bool {
    guard var run = runs[folder], run.misses >= Self.patience else { return true }
    run.passed += 1
    runs[folder] = run
    return run.passed.isMultiple(of: Self.stride)
  }

  mutating func answered(_ folder: String, isKnown: Bool) {
    if isKnown { runs[folder] = nil } else { runs[folder, default: Run()].misses += 1 }
  }

  /// Folders of which not every file is asked for any more.
  var sparse: Set<String> {
    runs.isEmpty ? [] : Set(runs.filter { $0.value.misses >= Self.patience }.keys)
  }
}
