import DeliveryModel

/// An errand with the delivery that it is about.
struct FolderTask: Sendable {
  var errand: Errand
  var delivery: Delivery

  init(_ errand: Errand, _ delivery: Delivery) {
    self.errand = errand
    self.delivery = delivery
  }

  /// The directory that it is about.
  var directory: Directory { Directory(folder: delivery.file.folder, root: delivery.file.root) }

  struct Directory: Hashable {
    let folder: String
    let root: FolderRoot?
  }

  func change(_ step: ErrandChange) -> JournalChange { .errand(number: errand.number, step) }
}
