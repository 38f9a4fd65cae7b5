import DeliveryModel
import TestSupport
import Testing

@testable import Folders

@Suite("What an upgrade changes")
struct ChangedNamesTests {
  private func changes(_ reports: [WatchReport]) -> [ChangedNames] {
    reports.compactMap { if case .namesChanged("inbox", let names) = $0 { names } else { nil } }
  }

  private func fill(_ directory: TemporaryDirectory) throws {
    for name in ["Band 2.part", "Recycle Bin", "#recycle", "d"] { try directory.makeDirectory(name) }
    for name in [
      ".contract.pdf", "Band 2.part/a.pdf", "Band 2.part/b.tmp", "Recycle Bin/c.pdf", "#recycle/d.pdf", "plan.dwl",
      "x.tmp",
      "letter.pdf", "d/letter.docx~", "SCAN.PDF",
    ] {
      try directory.write("content", to: name)
    }
  }

  @Test("the first scan after it tells which files change sides, once")
  func told() throws {
    let folder = try SteppedFolder(isUpgraded: true, prepare: fill)
    let told = try #require(changes(folder.reports).first)
    #expect(told.taken.names.sorted() == [".contract.pdf", "Band 2.part/a.pdf"])
    #expect(told.passedOver.names.sorted() == ["Recycle Bin/", "d/letter.docx~", "plan.dwl"])
    folder.watcher.scans.requestWhole(.rescan)
    folder.scan()
    #expect(changes(folder.reports).count == 1)
    #expect(changes(try SteppedFolder(prepare: fill).reports).isEmpty)
  }

  @Test("include and exclude are asked as they were before")
  func patterns() throws {
    let folder = try SteppedFolder(
      isUpgraded: true, include: ["*.pdf"], exclude: ["d/**"], prepare: fill)
    let told = try #require(changes(folder.reports).first)
    #expect(told.taken.names.sorted() == [".contract.pdf", "Band 2.part/a.pdf", "SCAN.PDF"])
    #expect(told.passedOver.names == ["Recycle Bin/"])
    let off = try SteppedFolder(isUpgraded: true, ignoreTemporary: false, prepare: fill)
    #expect(changes(off.reports).first?.isEmpty == true)
  }

  @Test("names are kept up to a bound, all are counted")
  func bounds() throws {
    let folder = try SteppedFolder(isUpgraded: true) { directory in
      for number in 0..<120 { try directory.write("x", to: ".\(number)\n.pdf") }
    }
    let told = try #require(changes(folder.reports).first)
    #expect(told.taken.count == 120 && told.taken.names.count == 50)
    #expect(told.taken.names.allSatisfy { !$0.contains("\n") })
  }
}
