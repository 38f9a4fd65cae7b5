import DeliveryModel
import Glibc

/// What a file system's `f_type` says about its events (`statfs(2)`).
package struct FileSystemKind: Hashable, Sendable {
  /// `f_type`.
  package let magic: Int64

  package init(magic: Int64) {
    self.magic = magic & 0xffff_ffff
  }

  /// The name of a file system to which other machines, or a program in user space, write: the kernel reports none of
  /// that, and a lease sees none of those writers. Nil for a local one.
  package var remoteName: String? { Self.remote[magic] }

  /// Within how long two changes of a file may bear the same time: the kernel's clock for files goes on in ticks, of 10 ms at
  /// most. Since Linux 6.13 some file systems give a change that follows a look a time of its own.
  package func changeTick(onKernel release: String = Self.kernelRelease) -> Duration {
    let version = release.pieces(at: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    let isFine = Self.fine.contains(magic) && !version.lexicographicallyPrecedes([6, 13])
    return isFine ? .zero : .milliseconds(12)
  }

  /// `FS_MGTIME`: ext4, XFS, Btrfs, tmpfs.
  private static let fine: Set<Int64> = [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994]

  /// Such as `6.12.48+deb13-amd64` (`uname(2)`).
  package static let kernelRelease: String = {
    var names = utsname()
    guard uname(&names) == 0 else { return "" }
    return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }()

  /// From `linux/magic.h`, `fs/smb/client/cifsglob.h` and `statfs(2)`.
  private static let remote: [Int64: String] = [
    0x6969: "NFS", 0x517b: "SMB", 0xff53_4d42: "CIFS", 0xfe53_4d42: "SMB2", 0x6573_5546: "FUSE",
    0x0102_1997: "9P", 0x5346_414f: "AFS", 0x6b41_4653: "AFS", 0x00c3_6400: "Ceph", 0x7461_636f: "OCFS2",
    0x0116_1970: "GFS2", 0x0bd0_0bd0: "Lustre", 0x7375_7245: "Coda",
  ]
}
