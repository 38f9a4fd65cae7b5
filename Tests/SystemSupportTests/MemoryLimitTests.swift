import SystemSupport
import TestSupport
import Testing

@Suite("How much memory a process may take")
struct MemoryLimitTests {
  private let root: TemporaryDirectory

  init() throws {
    root = try TemporaryDirectory()
    try root.makeDirectory("proc/self")
  }

  private func write(_ text: String, to path: String) throws {
    try root.makeDirectory(path.split(separator: "/").dropLast().joined(separator: "/"))
    try root.write(text, to: path)
  }

  @Test("the lowest on the way up counts, whatever kind of bound it is")
  func unified() throws {
    try write("0::/system.slice/s3loggerd.service\n", to: "proc/self/cgroup")
    let place = "sys/fs/cgroup/system.slice"
    try write("max\n", to: "\(place)/s3loggerd.service/memory.max")
    #expect(MemoryLimit.ofGroup(root: root.path) == nil)
    try write("2000\n", to: "\(place)/memory.max")
    #expect(MemoryLimit.ofGroup(root: root.path) == 2000)
    try write("1000\n", to: "\(place)/s3loggerd.service/memory.max")
    #expect(MemoryLimit.ofGroup(root: root.path) == 1000)
    try write("500\n", to: "sys/fs/cgroup/memory.high")
    #expect(MemoryLimit.ofGroup(root: root.path) == 500)
    #expect(MemoryLimit.of(group: "/system.slice/s3loggerd.service", root: root.path) == 500)
  }

  @Test("in a container the group's own path may not be there")
  func container() throws {
    try write("0::/../other\n", to: "proc/self/cgroup")
    try write("700\n", to: "sys/fs/cgroup/memory.max")
    #expect(MemoryLimit.ofGroup(root: root.path) == 700)
  }

  @Test("version 1, alone and beside an empty version 2")
  func first() throws {
    try write("9:name=systemd:/\n4:cpu,memory:/a/b\n0::/\n", to: "proc/self/cgroup")
    try write("9223372036854771712\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
    #expect(MemoryLimit.ofGroup(root: root.path) == nil)
    try write("300\n", to: "sys/fs/cgroup/memory/a/memory.limit_in_bytes")
    #expect(MemoryLimit.ofGroup(root: root.path) == 300)
  }

  @Test("no /proc, no bound; a machine has some memory")
  func none() {
    #expect(MemoryLimit.ofGroup(root: root.path) == nil)
    #expect(MemoryLimit.ofMachine > 1 << 20)
  }
}
