import DeliveryModel
import SystemSupport

/// What the journal knows of the directory at which a folder is watched.
struct FolderPlacing {
  /// As it is written into the journal with every file.
  var root: FolderRoot?
  /// What the folder at this directory was called besides its present name.
  var otherNames: [String] = []
  var status: FileStatus?
  /// Whether it is being looked through for the first time under this journal.
  var isNew = false
  /// Whether what was delivered last was seen here: else scans take nothing for gone.
  var isUsual = false
}

extension FolderWatcher {
  /// Learns which directory it is, and which places in it are ours or were: nothing is taken from these, whatever the
  /// settings are now. Where the journal cannot tell, the folder counts as missing: what was archived must not be delivered
  /// once more.
  func settle(in root: RootDirectory) throws(SystemCallError) {
    let seen = try root.seen()
    do {
      let places = try services.known.ownPlaces(in: seen)
      place = FolderPlacing(root: seen, otherNames: try services.known.otherNames(of: seen, than: folder.name))
      place.isNew = try !services.known.wasLookedThrough(seen)
      place.isUsual = try services.known.wasLastSeen(in: seen, folder: folder.name)
      rules = NameRules(folder, places: places.map(\.path))
      place.status = try root.status(of: .root)
      if (try? root.holderOfPage(Self.page.bytes)) == .us { rules.reserve(Self.page) }
    } catch let error as SystemCallError {
      throw error
    } catch {
      throw .noJournal
    }
  }

  /// What a file is that a scan of everything, or of a part, found.
  func discovery(by purpose: ScanPurpose) -> Discovery {
    place.isNew && purpose != .directory ? .firstScan : purpose.discovery
  }

  private static let page = RelativePath(unchecked: Array("_status.html".utf8))

  /// Whether the directory that was just opened carries our mark, as it does on a new server, after a lost journal, or where
  /// another folder, or what holds it, was moved here: then nothing is taken from it.
  func isOurs(_ reader: borrowing DirectoryReader, _ path: RelativePath) -> Bool {
    guard path != .root, reader.isMarked(as: Array(path.name), in: place.status) else { return false }
    rules.reserve(path)
    return true
  }

  /// Whether the file is the page of a folder that was moved into this one, or is watched no more.
  func isPage(named name: [UInt8], in directory: RelativePath) -> Bool {
    guard name == Self.page.bytes, directory != .root, let location = try? root?.existingLocation(directory) else {
      return false
    }
    return (try? location.holderOfPage(name, ownersTell: root?.hasPassingInodes == false)) == .us
  }

  /// The other folder whose own directory this is, by another path: what is in it is that folder's.
  func holder(of reader: borrowing DirectoryReader, _ status: FileStatus, _ path: RelativePath) -> String? {
    if path == .root { return nil }
    let number = reader.number
    return services.neighbours.holder(folder.name, status.identity) { FileGeneration.of(number) }
  }

  /// A scan met it: nothing in it is this folder's any more.
  func leave(_ visit: ScanVisit, to other: String) {
    count(.otherFolder, visit)
    guard leftTo[visit.path] != other else { return }
    leftTo[visit.path] = other
    for watch in table.retire(below: visit.path) { source?.instance.unwatch(watch) }
    tracker.forget(below: visit.path)
    leftovers.forget(below: visit.path)
    unreadable.forget(below: visit.path)
    services.report(.left(folder: folder.name, path: visit.path, to: other))
  }

  /// What the journal has of these files, in their order. The folder may have had another name when it took them up.
  func known(_ names: [[UInt8]], in directory: RelativePath) throws -> [KnownFile?] {
    var known = try services.known.lookUp(names, in: directory, folder: folder.name)
    for other in place.otherNames {
      let missing = names.indices.filter { known[$0] == nil }
      if missing.isEmpty { break }
      let found = try services.known.lookUp(missing.map { names[$0] }, in: directory, folder: other)
      for (index, file) in zip(missing, found) { known[index] = file }
    }
    // What the journal is about to forget.
    if !departures.gone.isEmpty {
      for (index, name) in names.enumerated() where departures.gone.contains(directory.appending(name)) {
        known[index] = nil
      }
    }
    return known
  }
}
