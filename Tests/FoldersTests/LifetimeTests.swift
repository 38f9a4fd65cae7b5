import DeliveryModel
import Foundation
import SystemSupport
import Testing

@testable import Folders

@Suite("Life and end of the watcher", .timeLimit(.minutes(5)), .serialized)
struct LifetimeTests {
  @Test("what the sink throws ends the watcher")
  func sinkFails() async throws {
    struct Full: Error {}
    let rig = try WatchRig()
    let folder = WatchedFolder(name: "f", path: rig.root, settle: .zero)
    let watcher = try DropWatcher(
      [folder], known: rig.journal, wallClock: { WallClock.now }, sink: { _ in throw Full() }, report: { _ in }
    )
    rig.write("x")
    await #expect(throws: Full.self) { try await watcher.run() }
  }

  @Test("a missing folder does not keep the others from being watched")
  func missingFolder() async throws {
    let rig = try WatchRig { $0.path += "/missing" }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [watcher = rig.watcher] in try await watcher.run() }
      #expect(await rig.report { if case .unavailable = $0 { true } else { false } } != nil)
      #expect(await rig.report { $0 == .watching } != nil)
      #expect(rig.status?.available == false)
      #expect(rig.status?.problem?.contains("does not exist") == true)
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  @Test("cancellation ends both threads and leaves no kernel queue open")
  func cancellation() async throws {
    let rig = try WatchRig()
    try await rig.run { await rig.sentinel("a") }
    #expect(!openFiles().contains { $0.contains(rig.root) })
    let turns = rig.watcher.progress.map(\.turns)
    for beacon in rig.watcher.progress { beacon.poke() }
    #expect(rig.watcher.progress.map(\.turns) == turns, "nobody is left to come round")
  }

  @Test("twenty starts and ends leave no descriptor behind")
  func noLeak() async throws {
    func once() async throws {
      let rig = try WatchRig()
      try await rig.run { await rig.sentinel("a") }
    }
    try await once()
    let before = inotifyCount()
    for _ in 0..<20 { try await once() }
    #expect(inotifyCount() <= before + 12)
  }

  @Test("more files than fit in a batch are all handed over")
  func manyFiles() async throws {
    let rig = try WatchRig()
    try await rig.run {
      for number in 0..<3000 { rig.write("f\(number)") }
      #expect(Set(await rig.names(3000)).count == 3000)
    }
  }

  private func openFiles() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
  }

  /// Other tests run beside this one, so a small number more proves nothing.
  private func inotifyCount() -> Int {
    openFiles().count { $0.contains("inotify") }
  }
}
