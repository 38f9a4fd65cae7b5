import CLinux
import Glibc

/// Which start of the machine this is.
package enum BootIdentity {
  /// A number that the next boot of the machine does not have; 0 where the system does not tell.
  ///
  /// It is made of the kernel's own id (random(4)). Where that is hidden, as by `ProcSubset=pid` (systemd.exec(5)), of the
  /// file handle of `/run`: that is a file system in memory, made anew at each boot (file-hierarchy(7)), and the kernel
  /// gives each inode there a random generation.
  package static func current() -> Int64 {
    if let id = try? SmallFile.read("/proc/sys/kernel/random/boot_id", limit: 64), !id.isEmpty { return hash(id) }
    return ofMemory(at: "/run")
  }

  /// The number of the file system in memory at `path`; 0 where there is none.
  static func ofMemory(at path: String) -> Int64 {
    let number = clinux_open(path, O_RDONLY | O_DIRECTORY, 0)
    guard number >= 0 else { return 0 }
    let directory = OwnedDescriptor(owning: number)
    var magic: Int64 = 0
    guard clinux_filesystem_magic(directory.number, &magic) == 0, magic == memoryMagic else { return 0 }
    return Int64(bitPattern: FileGeneration.of(directory.number))
  }

  /// `TMPFS_MAGIC`, statfs(2).
  private static let memoryMagic: Int64 = 0x0102_1994

  /// FNV-1a, 64 bits; kept away from 0, which means "unknown".
  private static func hash(_ bytes: [UInt8]) -> Int64 {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return hash == 0 ? 1 : Int64(bitPattern: hash)
  }
}

/// How often the kernel ended a process for want of memory.
package enum MemoryKills {
  /// Since the machine started, of the machine and of every control group (`oom_kill` of `/proc/vmstat`, Linux 4.13); nil
  /// where the system does not tell, as under `ProcSubset=pid`.
  package static func count() -> Int64? {
    guard let bytes = try? SmallFile.read("/proc/vmstat") else { return nil }
    let name = Array("oom_kill ".utf8)
    guard let line = bytes.split(separator: 0x0A).first(where: { $0.starts(with: name) }) else { return nil }
    return Int64(String(decoding: line.dropFirst(name.count), as: UTF8.self))
  }
}
