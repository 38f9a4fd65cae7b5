import DaemonConfiguration
import Folders
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Daemon

@Suite("The unit's memory, as check sees it")
struct UnitMemoryTests {
  private let root: TemporaryDirectory

  init() throws {
    root = try TemporaryDirectory()
  }

  private func write(_ text: String, to path: String) throws {
    try root.makeDirectory(path.split(separator: "/").dropLast().joined(separator: "/"))
    try root.write(text, to: path)
  }

  @Test(
    "sizes as systemd writes them, the last line counts",
    arguments: [
      ("MemoryMax=512M", 512 << 20), ("MemoryMax = 1G\n", 1 << 30), ("MemoryMax=1G\nMemoryMax=4096", 4096),
      ("MemoryMax=infinity", nil), ("MemoryHigh=3M", 7), ("", 7), ("MemoryMax=9999999999T", nil),
    ] as [(String, Int64?)])
  func sizes(text: String, bytes: Int64?) {
    #expect(UnitMemory.limit(in: text, before: 7) == bytes)
  }

  @Test("the unit's file, its drop-ins by name, the group of the service while it runs")
  func places() throws {
    try write("[Service]\nMemoryMax=512M\n", to: "usr/lib/systemd/system/s3loggerd.service")
    #expect(UnitMemory(root: root.path).limit == 512 << 20)
    try write("[Service]\nMemoryMax=2M\n", to: "usr/lib/systemd/system/s3loggerd.service.d/60-b.conf")
    try write("[Service]\nMemoryMax=1M\n", to: "etc/systemd/system/s3loggerd.service.d/50-a.conf")
    try write("[Service]\nMemoryMax=9M\n", to: "etc/systemd/system/s3loggerd.service.d/50-a.conf~")
    #expect(UnitMemory(root: root.path).limit == 2 << 20)
    try write("[Service]\nMemoryMax=3M\n", to: "etc/systemd/system/s3loggerd.service.d/60-b.conf")
    #expect(UnitMemory(root: root.path).limit == 3 << 20)
    try write("4096\n", to: "sys/fs/cgroup/system.slice/s3loggerd.service/memory.max")
    #expect(UnitMemory(root: root.path).limit == 4096)
  }

  @Test("check names the folder that would be polled and the command that gives all of them their watches")
  func check() throws {
    let inbox = try TemporaryDirectory()
    for number in 0..<30 { try inbox.makeDirectory("d\(number)") }
    let configuration = try Fixture.configuration(inbox.path)
    let folder = try #require(configuration.folders.first)
    let count = DirectoryCount(folder)
    #expect(count.count == 31 && !count.isMore)
    func findings(_ group: Int64) -> [FolderAccess.Finding] {
      WatchMemoryCheck(bound: WatchBound(group: group, machine: 1 << 40), directories: [(folder, count)]).findings
    }
    #expect(findings(512 << 20).isEmpty)
    let found = try #require(findings(100_000).first)
    #expect(found.isGood && found.isWarning && found.detail.contains("it has 31 directories"))
    #expect(found.detail.contains("MemoryMax=192M would do"))
    #expect(found.remedy?.contains("MemoryMax=192M\\n\" >/etc/systemd/system/s3loggerd.service.d/memory.conf") == true)
  }
}
