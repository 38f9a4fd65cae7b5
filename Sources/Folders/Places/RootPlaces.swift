import DeliveryModel
import Synchronization
import SystemSupport

/// Where the folders that are open really are, so that no file is delivered by two of them, nor the journal's: the paths in
/// the configuration do not tell, as links and mounts may lead anywhere.
///
/// Two folders may not overlap by their places. Where a mount shows a part of one under another path, and that is a folder
/// of its own, the part is left to it: whoever looks through the first asks ``holder(of:for:)`` of each directory.
final class RootPlaces: Sendable {
  /// A directory: a bind mount shows it under another path.
  private struct Inode: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ root: FolderRoot) { (device, inode) = (root.device, root.inode) }
    init(_ identity: FileIdentity) { (device, inode) = (identity.device, identity.inode) }
  }

  private struct Place {
    let path: [UInt8]
    let identity: Inode
    /// Nil where inode numbers come and go.
    let root: FolderRoot?
    /// What was mounted at its place, and is not now: its files are still its own.
    var former: [FolderRoot] = []
  }

  private struct State {
    var places: [String: Place] = [:]
    var holders: [Inode: (folder: String, root: FolderRoot)] = [:]
    /// By folder, those that leave a part of them to it.
    var leaving: [String: Set<String>] = [:]

    mutating func index() {
      holders = [:]
      for (folder, place) in places {
        for root in place.former + [place.root].compactMap(\.self) { holders[Inode(root)] = (folder, root) }
      }
    }
  }

  /// What came of a claim.
  enum Claim: Equatable {
    /// Why the folder may not be watched there, in words.
    case refused(String)
    /// It has that place already.
    case known
    case new

    var refusal: String? { if case .refused(let reason) = self { reason } else { nil } }
  }

  private let state = Mutex(State())
  /// Directories of the daemon's own, with what they are called.
  private let own: [(name: String, place: [UInt8])]

  /// Of what was mounted at one place, one after the other.
  private static let formerKept = 8

  init(own: [(name: String, place: [UInt8])]) {
    self.own = own
  }

  /// Takes a place for a folder. Its former place is free then, unless that `isCovered`: something was mounted there, and
  /// is not at the moment.
  func claim(
    _ folder: String, _ path: [UInt8], _ identity: FileIdentity, _ seen: FolderRoot, isCovered: Bool = false
  ) -> Claim {
    state.withLock { state in
      let before = state.places.removeValue(forKey: folder)
      defer { state.index() }
      let shown = EscapedText.escape(path)
      if let other = own.first(where: { Self.overlap($0.place, path) }) {
        return .refused("\(shown) overlaps \(other.name): move one of the two elsewhere")
      }
      let inode = Inode(identity)
      if let other = state.places.first(where: { $0.value.identity == inode || Self.overlap($0.value.path, path) }) {
        return .refused(
          "\(shown) overlaps folder \(other.key), so that files would be delivered twice: keep one of the two")
      }
      var place = Place(path: path, identity: inode, root: seen.inode == 0 ? nil : seen)
      if isCovered, let before {
        place.former = (before.former + [before.root].compactMap(\.self)).suffix(Self.formerKept)
      }
      state.places[folder] = place
      return before?.identity == inode ? .known : .new
    }
  }

  /// The other folder that has this very directory; nil for none. `generation` tells it from one that had its number before,
  /// and is asked for only where there is one.
  func holder(of identity: FileIdentity, for folder: String, generation: () -> UInt64) -> String? {
    let found = state.withLock { $0.holders[Inode(identity)] }
    guard let found, found.folder != folder else { return nil }
    let there = FolderRoot(
      path: found.root.path, device: identity.device, inode: identity.inode, generation: generation(), isMount: false)
    guard found.root.isSame(as: there) else { return nil }
    _ = state.withLock { $0.leaving[found.folder, default: []].insert(folder) }
    return found.folder
  }

  /// What the folder had is gone, or it is watched no more. Returns those that left a part of them to it.
  @discardableResult
  func release(_ folder: String) -> Set<String> {
    state.withLock { state in
      guard state.places.removeValue(forKey: folder) != nil else { return [] }
      state.index()
      return state.leaving.removeValue(forKey: folder) ?? []
    }
  }

  private static func overlap(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    let (short, long) = one.count < other.count ? (one, other) : (other, one)
    guard long.starts(with: short) else { return false }
    return short.count == long.count || short.last == UInt8(ascii: "/") || long[short.count] == UInt8(ascii: "/")
  }
}
