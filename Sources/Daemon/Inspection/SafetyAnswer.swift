import AWSSigning
import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import SystemSupport

/// Whether exactly the content that a file has now is uploaded and recorded.
package enum SafetyAnswer: Sendable, Equatable {
  /// Delivered: the number, and when it was recorded.
  case safe(number: Int64, at: String)
  /// Not, and why.
  case notSafe(String)

  init(_ path: String, _ configuration: Configuration, _ reader: JournalReader) {
    self.init(bytes: Array(path.utf8), configuration, reader)
  }

  /// The same for a path as the shell gave it.
  init(bytes path: [UInt8], _ configuration: Configuration, _ reader: JournalReader) {
    guard let place = FolderPlace(bytes: path, in: configuration) else {
      self = .notSafe("it is in none of the watched folders, or does not exist")
      return
    }
    do {
      let digest = try Self.digest(of: place)
      self = try Self.judge(digest, place, reader)
    } catch let error as SystemCallError {
      self = .notSafe(error.meaning)
    } catch {
      self = .notSafe("\(error)")
    }
  }

  private static func judge(
    _ digest: SHA256Digest, _ place: FolderPlace, _ reader: JournalReader
  ) throws -> SafetyAnswer {
    let folder = place.folder.name
    if let same = try reader.delivered(digest, of: place.path, folder: folder) {
      return .safe(number: same.number, at: same.logged?.iso8601 ?? "")
    }
    guard let newest = try reader.deliveries(of: place.path, folder: folder, limit: 1).first else {
      return .notSafe(place.unwatched ?? place.passedOver ?? "it has not been taken up yet")
    }
    switch newest.state {
    case .logged:
      let changed = "it changed since delivery \(newest.number)"
      return .notSafe(place.passedOver.map { changed + ", and " + $0 } ?? changed)
    case .pending, .uploaded: return .notSafe("delivery \(newest.number) is \(newest.state.rawValue)")
    case .parked, .rejected, .withdrawn:
      return .notSafe("delivery \(newest.number) is \(newest.state.rawValue): \(newest.lastError ?? "")")
    }
  }

  private static func digest(of place: FolderPlace) throws -> SHA256Digest {
    let file = try RootDirectory(place.folder.path).openFile(place.path)
    var hasher = SHA256Hasher()
    try file.readChunks(of: 1 << 20) { hasher.update($0) }
    return hasher.finalize()
  }
}
