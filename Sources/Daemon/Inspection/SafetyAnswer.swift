import DaemonConfiguration
import DeliveryJournal
import DeliveryModel

/// Whether exactly the content that a file has now is uploaded and recorded.
package enum SafetyAnswer: Sendable, Equatable {
  /// Delivered: the number, and when it was recorded.
  case safe(number: Int64, at: String)
  /// Not, and why.
  case notSafe(String)

  /// `answer`: what was found at the path, as the shell gave it.
  init(_ answer: FolderAnswer, to path: [UInt8], _ configuration: Configuration, _ reader: JournalReader) {
    switch answer {
    case .content(let place, let bytes?, _):
      guard var place = FolderPlace(place, in: configuration), let digest = SHA256Digest(bytes: bytes) else {
        self = .notSafe(Self.outside)
        return
      }
      place.reserved = (try? reader.placePaths(at: place.folder.path)) ?? []
      do {
        self = try Self.judge(digest, place, reader)
      } catch {
        self = .notSafe("\(error)")
      }
    case .content(let place, nil, let reason):
      self = .notSafe(FolderPlace(place, in: configuration)?.mountObstacle ?? reason)
    case .failure(let reason): self = .notSafe(reason)
    case .outside(let unanswered): self = .notSafe(Self.outside(unanswered))
    case .silence, .examined, .root, .place: self = .notSafe(FolderLooks.silence(of: path, in: configuration))
    }
  }

  private static let outside = "it is in none of the watched folders, or does not exist"

  private static func outside(_ unanswered: [String]) -> String {
    guard let first = unanswered.first else { return outside }
    let others = unanswered.count > 1 ? " and \(unanswered.count - 1) more do not answer" : " does not answer"
    return "it is in none of the watched folders that answer; folder \(first)\(others), and may be another way to it"
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
}
