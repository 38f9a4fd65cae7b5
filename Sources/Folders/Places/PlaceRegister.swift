import DeliveryModel
import Synchronization
import SystemSupport

/// Which directories in folders are ours to put files into: those that the journal knows, those that carry our mark, and those
/// that are not there yet, or empty. What people made and use stays theirs.
final class PlaceRegister: Sendable {
  /// A place that the journal has to note before anything is put there.
  struct Claim: Sendable, Hashable {
    let root: FolderRoot
    let folder: String
    let place: OwnPlace
  }

  private struct Key: Hashable {
    let root: FolderRoot
    let path: RelativePath
  }

  private let known: any KnownFiles
  private let noted = Mutex<Set<Key>>([])
  private let marked = Mutex<Set<Key>>([])
  private static let capacity = 10_000

  init(_ known: any KnownFiles) {
    self.known = known
  }

  /// Makes sure that the place is ours. Returns what is new to the journal; nil where it knows. Blocks.
  ///
  /// - Throws: ``SystemCallError/occupied(_:)`` where others use the directory.
  func claim(_ place: OwnPlace, of folder: String, in root: RootDirectory) throws(SystemCallError) -> Claim? {
    let seen = try root.seen()
    let key = Key(root: seen, path: place.path)
    if noted.withLock({ $0.contains(key) }) { return nil }
    if try isKnown(place, in: seen) {
      remember(key)
      return nil
    }
    if let found = try root.existingLocation(place.path) {
      let folderStatus = try root.status(of: .root)
      var isOurs = try found.isMarked(as: Array(place.path.name), in: folderStatus)
      if !isOurs { isOurs = try found.isUnused() }
      guard isOurs else { throw .occupied(place.path) }
    }
    return Claim(root: seen, folder: folder, place: place)
  }

  private func isKnown(_ place: OwnPlace, in seen: FolderRoot) throws(SystemCallError) -> Bool {
    do {
      return try known.ownPlaces(in: seen).contains { $0.path == place.path }
    } catch {
      throw .noJournal
    }
  }

  /// The journal has it.
  func noted(_ claims: [Claim]) {
    for claim in claims { remember(Key(root: claim.root, path: claim.place.path)) }
  }

  private func remember(_ key: Key) {
    noted.withLock { noted in
      if noted.count >= Self.capacity { noted.removeAll() }
      noted.insert(key)
    }
  }

  /// Puts our mark on the place, once in a process.
  func mark(_ place: OwnPlace, in root: RootDirectory) {
    guard let seen = try? root.seen() else { return }
    let isNew = marked.withLock { marked in
      if marked.count >= Self.capacity { marked.removeAll() }
      return marked.insert(Key(root: seen, path: place.path)).inserted
    }
    guard isNew, let found = try? root.existingLocation(place.path) else { return }
    found.mark(as: Array(place.path.name))
  }
}
