import DaemonConfiguration
import DeliveryModel
import FolderFeedback
import SystemSupport

extension ErrandRunner {
  /// Writes the receipts of one folder: those of a day together.
  ///
  /// What stands in a directory that not everybody may open is named only in a table of that directory's own, for those
  /// who may: in the folder's table its line says that there is a file. So it is with a file that not everybody may read
  /// who may list its directory: it is named in no table.
  mutating func writeReceipts(
    _ tasks: [FolderTask], _ folder: FolderSettings, _ places: ProtectedDirectories
  ) throws {
    switch folder.receipt {
    case .daily:
      let entries = tasks.map { entry($0.delivery, folder.words, places) }
      for (day, group) in Dictionary(grouping: entries, by: \.time.day).sorted(by: { $0.key < $1.key }) {
        try append(group.map { $0.receipt($0.isOpen ? $0.detail : .none) }, day: day, .root, folder, places)
        let closed = Dictionary(grouping: group.filter { !$0.isOpen }, by: \.delivery.file.path.directory)
        for (directory, group) in closed where (try? places.rights(of: directory)) != nil {
          try append(group.map { $0.receipt($0.detail) }, day: day, directory, folder, places)
        }
      }
    case .file:
      for task in tasks { try write(entry(task.delivery, folder.words, places), places) }
    case nil: break
    }
    for task in tasks { end(task) }
  }

  private struct Entry {
    let delivery: Delivery
    let time: LocalMoment
    let language: Language
    /// Whether everyone who may list the folder may list the file's directory.
    let isOpen: Bool
    /// The file's own rights; nil where it is not there any more.
    let rights: AccessRights?
    /// What those may know who may list its directory.
    let detail: Receipt.Detail

    func receipt(_ detail: Receipt.Detail) -> Receipt {
      Receipt(delivery, time: time, language: language, detail: detail)
    }
  }

  private func entry(_ delivery: Delivery, _ language: Language, _ places: ProtectedDirectories) -> Entry {
    let logged = delivery.logged ?? delivery.file.settled
    let directory = delivery.file.path.directory
    let isOpenNow = places.isOpen(directory)
    // A directory that was closed when the file came, and is open: it was opened, or is another one.
    let isOpened = isOpenNow && delivery.file.audience == .few
    let isOpen = isOpenNow && !isOpened
    let rights = places.rights(of: delivery.file)
    // Whoever may list the directory of one that is gone could see its name.
    let isRead = isOpened ? false : rights.map { places.isReadable($0, byAllOf: isOpen ? .root : directory) }
    return Entry(
      delivery: delivery, time: LocalMoment(logged, offset: LocalTime.offset(at: logged)), language: language,
      isOpen: isOpen, rights: rights, detail: isRead.map { $0 ? .all : .none } ?? .withoutDigest)
  }

  /// `directory` is the one whose files alone the table names; the root for that of the folder.
  private func append(
    _ receipts: [Receipt], day: String, _ directory: RelativePath, _ folder: FolderSettings,
    _ places: ProtectedDirectories
  ) throws {
    let path = places.free(for: directory, in: FolderSettings.receipts)
    let place = try places.open(path, like: directory)
    let name = folder.path + "/" + path.escaped + "/" + day
    let table = try ReceiptTable(place.location, day: day, language: folder.words, isKnown: tables.isKnown(name))
    tables.forget(name)
    try table.add(receipts)
    try place.location.synchronize()
    tables.remember(name)
  }

  /// Named after the file and its record: written again, it is the same. It is for those who may read the file itself.
  /// Where its directory is gone, so are those who may read of it: the record tells.
  private func write(_ entry: Entry, _ places: ProtectedDirectories) throws {
    let path = entry.delivery.file.path
    guard (try? places.rights(of: path.directory)) != nil else { return }
    let receipt = entry.receipt(entry.rights == nil ? .withoutDigest : .all)
    let day = FolderSettings.receipts.appending(Array(entry.time.day.utf8))
    let place = try places.open(places.free(for: path.directory, in: day), like: path.directory)
    let ending = Array(".\(receipt.record.prefix(8)).txt".utf8)
    let name = FreeName.numbered(Array(path.name), 1, room: ending.count) + ending
    if try place.location.status(of: name) != nil {
      let head = try place.location.open(name).read(upTo: Receipt.textHead)
      guard Receipt.isText(head) else { throw SystemCallError.occupied(FolderSettings.receipts.appending(name)) }
    }
    try place.location.replace(
      name, with: receipt.text, readers: try entry.rights ?? place.location.rights(), durable: true)
  }
}
