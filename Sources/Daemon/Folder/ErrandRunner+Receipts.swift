import DaemonConfiguration
import DeliveryModel
import FolderFeedback
import SystemSupport

extension ErrandRunner {
  /// Writes the receipts of one folder: those of a day together.
  mutating func writeReceipts(_ tasks: [FolderTask], _ folder: FolderSettings, _ root: RootDirectory) throws {
    let receipts = tasks.map { receipt($0.delivery, folder.words) }
    switch folder.receipt {
    case .daily:
      for (day, group) in Dictionary(grouping: receipts, by: \.time.day).sorted(by: { $0.key < $1.key }) {
        try append(group.map(\.receipt), day: day, folder, root)
      }
    case .file:
      for (task, entry) in zip(tasks, receipts) { try write(entry.receipt, day: entry.time.day, task, root) }
    case nil: break
    }
    for task in tasks { end(task) }
  }

  private func receipt(_ delivery: Delivery, _ language: Language) -> (time: LocalMoment, receipt: Receipt) {
    let logged = delivery.logged ?? delivery.file.settled
    let time = LocalMoment(logged, offset: LocalTime.offset(at: logged))
    return (time, Receipt(delivery, time: time, language: language))
  }

  private func append(
    _ receipts: [Receipt], day: String, _ folder: FolderSettings, _ root: RootDirectory
  ) throws {
    let place = try root.makeLocation(FolderSettings.receipts)
    let name = folder.path + "/" + day
    let table = try ReceiptTable(place, day: day, language: folder.words, isKnown: tables.isKnown(name))
    tables.forget(name)
    try table.add(receipts)
    try place.synchronize()
    tables.remember(name)
  }

  /// Named after the file and its record: written again, it is the same.
  private func write(_ receipt: Receipt, day: String, _ task: FolderTask, _ root: RootDirectory) throws {
    let path = task.delivery.file.path
    let directory = FolderSettings.receipts.appending(Array(day.utf8)).appending(path: path.directory)
    let ending = Array(".\(receipt.record.prefix(8)).txt".utf8)
    let place = try root.makeLocation(directory)
    let mode = try place.status().permissions & 0o666
    let name = FreeName.numbered(Array(path.name), 1, room: ending.count) + ending
    try place.replace(name, with: receipt.text, aside: FolderSettings.aside.bytes, mode: mode, durable: true)
  }
}
