import DaemonConfiguration
import DeliveryModel
import FolderFeedback
import SystemSupport

/// Decides where files will go. The decision is written down before a file moves: whatever happens then, the file is
/// found again.
struct ErrandPlanner {
  /// What was found out about each folder, for as long as one page is planned.
  private let places: KnownPlaces

  private final class KnownPlaces {
    var served: ServedPlaces
    var byPath: [String: ProtectedDirectories] = [:]

    init(_ served: ServedPlaces) {
      self.served = served
    }
  }

  private let register: PlaceRegister?

  init(_ settings: ConfiguredFolders, _ register: PlaceRegister? = nil) {
    self.register = register
    places = KnownPlaces(ServedPlaces(settings))
  }

  /// The tasks with their targets, and what of it is new to the journal.
  struct Plan: Sendable {
    var page: [FolderTask]
    var changes: [JournalChange] = []
    var claims: [PlaceRegister.Claim] = []
  }

  func plan(_ page: [FolderTask]) -> Plan {
    var (page, changes) = (page, [JournalChange]())
    let (claims, occupied) = claims(of: page)
    for index in page.indices where page[index].errand.target == nil && !occupied.contains(index) {
      guard let target = target(of: page[index]) else { continue }
      page[index].errand.target = target
      changes.append(page[index].change(.planned(page[index].errand.kind, target: target)))
    }
    return Plan(page: page, changes: changes, claims: claims)
  }

  /// The places that these tasks need and that the journal does not know yet; and the tasks whose place is not ours: nothing is
  /// decided about these, and the runner tells why.
  private func claims(of page: [FolderTask]) -> (claims: [PlaceRegister.Claim], occupied: Set<Int>) {
    guard let register else { return ([], []) }
    var (claims, occupied): (Set<PlaceRegister.Claim>, Set<Int>) = ([], [])
    for (index, task) in page.enumerated() {
      guard case .served(let folder, let root) = places.served.place(of: task.delivery.file),
        let place = folder.place(for: task.errand.kind)
      else { continue }
      do throws(SystemCallError) {
        if let claim = try register.claim(place, of: folder.name, in: root) { claims.insert(claim) }
      } catch {
        occupied.insert(index)
      }
    }
    return (Array(claims), occupied)
  }

  /// Nil for what needs none, or cannot be decided now: the runner tells why.
  func target(of task: FolderTask) -> RelativePath? {
    let file = task.delivery.file
    guard case .served(let folder, let root) = places.served.place(of: file) else { return nil }
    let places = directories(of: root)
    switch task.errand.kind {
    case .receipt, .tidy: return nil
    case .reject:
      let directory = places.free(for: file.path.directory, in: folder.rejectedTo)
      return FreeName.first(Array(file.path.name), in: directory, of: root, companion: RefusalNote.suffix)
    case .dispose:
      switch folder.afterUpload {
      case .keep: return nil
      case .delete: return Self.workplace(of: task.errand, in: .root)
      case .move:
        let logged = task.delivery.logged ?? file.settled
        let day = folder.moveTo.directory(at: logged + LocalTime.offset(at: logged))
        let directory = places.free(for: file.path.directory, in: day)
        return FreeName.first(Array(file.path.name), in: directory, of: root)
      }
    }
  }

  /// Where a file stands while it is deleted. Beside it where no rename leads from its directory to the folder's.
  static func workplace(of errand: Errand, in directory: RelativePath) -> RelativePath {
    directory.appending(path: FolderSettings.workplace).appending(Array("\(errand.number)".utf8))
  }

  private func directories(of root: RootDirectory) -> ProtectedDirectories {
    if let known = places.byPath[root.path] { return known }
    let made = ProtectedDirectories(root)
    places.byPath[root.path] = made
    return made
  }
}

extension RelativePath {
  /// The path `other` below this directory.
  func appending(path other: RelativePath) -> RelativePath {
    other.bytes.isEmpty ? self : appending(other.bytes)
  }
}

extension FolderSettings {
  /// Where an errand of this kind puts something; nil where it puts nothing into a place of ours.
  func place(for kind: Errand.Kind) -> OwnPlace? {
    let wanted: OwnPlace.Kind
    switch kind {
    case .dispose: wanted = .sent
    case .receipt: wanted = .receipts
    case .reject: wanted = .rejected
    case .tidy: return nil
    }
    return ownPlaces.first { $0.kind == wanted }
  }
}
