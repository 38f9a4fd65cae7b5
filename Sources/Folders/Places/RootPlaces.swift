import DeliveryModel
import Synchronization

/// Where the folders that are open really are, so that no file is delivered by two of them, nor the journal's: the paths in
/// the configuration do not tell, as links and mounts may lead anywhere.
final class RootPlaces: Sendable {
  private struct Place {
    let path: [UInt8]
    /// Of the directory: a bind mount shows it under another path.
    let device: UInt64
    let inode: UInt64
  }

  private let places = Mutex<[String: Place]>([:])
  /// Directories of the daemon's own, with what they are called.
  private let own: [(name: String, place: [UInt8])]

  init(own: [(name: String, place: [UInt8])]) {
    self.own = own
  }

  /// Takes a place for a folder; why not, in words, where another has it. A folder's former place is free then.
  func claim(_ folder: String, _ place: [UInt8], _ identity: FileIdentity) -> String? {
    places.withLock { places in
      places[folder] = nil
      let shown = EscapedText.escape(place)
      if let other = own.first(where: { Self.overlap($0.place, place) }) {
        return "\(shown) overlaps \(other.name): move one of the two elsewhere"
      }
      let isTaken = { (other: Place) in
        other.device == identity.device && other.inode == identity.inode || Self.overlap(other.path, place)
      }
      if let other = places.first(where: { isTaken($0.value) }) {
        return "\(shown) overlaps folder \(other.key), so that files would be delivered twice: keep one of the two"
      }
      places[folder] = Place(path: place, device: identity.device, inode: identity.inode)
      return nil
    }
  }

  /// The folder is watched no more.
  func release(_ folder: String) { _ = places.withLock { $0.removeValue(forKey: folder) } }

  private static func overlap(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    let (short, long) = one.count < other.count ? (one, other) : (other, one)
    guard long.starts(with: short) else { return false }
    return short.count == long.count || short.last == UInt8(ascii: "/") || long[short.count] == UInt8(ascii: "/")
  }
}
