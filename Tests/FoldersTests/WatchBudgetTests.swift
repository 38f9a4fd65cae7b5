import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("Memory for watches")
struct WatchBudgetTests {
  private static let mebi: Int64 = 1 << 20

  @Test(
    "what is not kept for everything else is for watches: of the group's memory, and half of the machine's at most",
    arguments: [
      // MiB: the group's bound, the machine's memory, for watches.
      (512, 16_384, 352), (1024, 16_384, 864), (256, 16_384, 96), (128, 16_384, 32), (512, 512, 256),
      (nil, 16_384, 8192), (4096, 2048, 1024),
    ] as [(Int64?, Int64, Int64)])
  func bound(group: Int64?, machine: Int64, watches: Int64) {
    let bound = WatchBound(group: group.map { $0 * Self.mebi }, machine: machine * Self.mebi)
    #expect(bound.watches == watches * Self.mebi)
    #expect(bound.limit == min(group ?? machine, machine) * Self.mebi)
  }

  @Test("under the bound that is advised the directories fit", arguments: [1, 1000, 160_000, 390_000, 2_000_000])
  func advice(directories: Int) {
    let weight = WatchBound.weight(ofDirectories: directories)
    let advised = WatchBound.sufficient(for: weight)
    let bound = WatchBound(group: advised, machine: 1 << 50)
    for folders in [1, 2, 150] {
      #expect(WatchShares(total: bound.watches, folders: folders).fits(weight, folder: "a"))
    }
  }

  @Test("a folder always has its part, whoever came first")
  func floors() {
    var shares = WatchShares(total: 1000, folders: 4)
    #expect(shares.floor == 62)
    let isHeld = [("a", 814), ("a", 815), ("b", 63), ("b", 62), ("c", 62), ("d", 62)].map { folder, weight in
      shares.hold(Int64(weight), folder: folder)
    }
    #expect(isHeld == [true, false, false, true, true, true])
    shares.release("a")
    #expect(shares.fits(814, folder: "b"))
  }

  @Test("whatever folders ask for, they never hold more than there is")
  func total() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      let folders = Int.random(in: 1...9, using: &generator)
      var shares = WatchShares(total: 10_000, folders: folders)
      var held: [Int: Int64] = [:]
      for _ in 0..<200 {
        let folder = Int.random(in: 0..<folders, using: &generator)
        let weight = Int64.random(in: 0...12_000, using: &generator)
        if shares.hold(weight, folder: "\(folder)") { held[folder] = weight }
        if Int.random(in: 0..<10, using: &generator) == 0 {
          shares.release("\(folder)")
          held[folder] = nil
        }
        #expect(held.values.reduce(0, +) <= 10_000)
      }
    }
  }

  @Test("what does not fit is polled, says what would do, and is watched once it fits")
  func polled() throws {
    let small = WatchBound(group: 40 * 4 * 2200, machine: 1 << 40)
    let folder = try SteppedFolder(bound: small) { directory in
      for number in 0..<100 {
        try directory.makeDirectory("d\(number)")
        try directory.write("x", to: "d\(number)/a.pdf")
      }
    }
    let watcher = folder.watcher
    func status() -> FolderWatchStatus { watcher.publish(at: .now) }
    #expect(status().mode == .poll)
    #expect((35...45).contains(status().directories))
    let reason = try #require(watcher.fallback?.reason)
    #expect(reason.contains("its 101 directories do not all fit") && reason.contains("MemoryMax=192M would do"))
    // All of it is looked through all the same, and soon again.
    #expect(watcher.tracker.count == 100)
    let next = try #require(watcher.nextScan)
    #expect(next - .now <= watcher.folder.pollInterval)
    let known = status().directories
    watcher.scans.requestWhole(.poll)
    folder.scan()
    #expect(status().mode == .poll && status().directories == known)
    for number in 0..<80 { try folder.directory.remove("d\(number + 10)") }
    folder.takeEvents()
    folder.scan()
    watcher.scans.requestWhole(.poll)
    folder.scan()
    #expect(status().mode == .inotify && status().directories == 21 && status().problem == nil)
  }

  @Test("a directory that comes when there is no memory left is found by a scan that comes soon")
  func later() throws {
    let folder = try SteppedFolder(bound: WatchBound(group: 4 * 4 * 2200, machine: 1 << 40))
    let watcher = folder.watcher
    let before = try #require(watcher.nextScan)
    #expect(watcher.fallback == nil && before - .now > watcher.folder.pollInterval)
    for number in 0..<9 { try folder.directory.makeDirectory("d\(number)") }
    folder.takeEvents()
    folder.scan()
    let after = try #require(watcher.nextScan)
    #expect(watcher.isPolled && after - .now <= watcher.folder.pollInterval)
    #expect(watcher.fallback?.reason.contains("the rest is polled") == true)
    #expect(watcher.fallback?.reason.contains("would do") == false)
  }

  @Test("the advice to raise the number of watches tells the memory that they take")
  func watches() {
    let setting = InotifyLimit.Setting(name: "fs.inotify.max_user_watches", value: 8192)
    let advice = InotifyLimit.watches.advice(setting, directories: 390_000)
    #expect(advice.contains("max_user_watches=524288 would do, and takes 827M of the unit's memory (MemoryMax=1280M"))
    let instances = InotifyLimit.instances.advice(.init(name: "x", value: 128), directories: 390_000)
    #expect(!instances.contains("MemoryMax"))
  }
}
