/// Goes through the b-trees of a database, from a root down, and remembers which pages belong to one.
final class PageWalk {
  let image: DatabaseImage
  private let progress: () -> Void
  /// Pages that were met on the way down, or hold the rest of long rows.
  private var met: Set<Int> = []
  private(set) var damagedPages = 0

  init(_ image: DatabaseImage, _ progress: @escaping () -> Void) {
    self.image = image
    self.progress = progress
  }

  /// Hands over the records of the tree that begins at `root`. Returns whether every page of it could be read.
  @discardableResult
  func tree(at root: Int, isTable: Bool, _ take: (TreePage.Record) throws -> Void) rethrows -> Bool {
    let before = damagedPages
    var waiting = [root]
    while let number = waiting.popLast() {
      guard met.insert(number).inserted, let page = page(number), page.kind.isTable == isTable else {
        damagedPages += 1
        continue
      }
      if page.damagedCells > 0 { damagedPages += 1 }
      waiting += page.children.reversed()
      for record in page.records { try take(record) }
    }
    return damagedPages == before
  }

  /// Hands over the records of all pages that no tree has led to and that are in use.
  func orphans(_ take: (TreePage.Record) throws -> Void) rethrows {
    let free = image.freePages()
    for number in stride(from: 1, through: image.pageCount, by: 1) where !met.contains(number) {
      guard !free.contains(number), let page = page(number) else { continue }
      for record in page.records { try take(record) }
    }
  }

  private func page(_ number: Int) -> TreePage? {
    var used: [Int] = []
    let page = TreePage(number, in: image) { used.append($0) }
    met.formUnion(used)
    if number % 256 == 0 { progress() }
    return page
  }
}
