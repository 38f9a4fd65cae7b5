import Glibc
import TestSupport
import Testing

@testable import SystemSupport

/// Which links in the path of a folder count.
struct RootPathTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try directory.makeDirectory("real")
    try directory.makeDirectory("real/inbox")
  }

  private func code(_ path: String, isFolder: Bool = true) -> Int32? {
    do throws(SystemCallError) {
      _ = try RootDirectory(directory.path + path, isFolder: isFolder)
      return nil
    } catch {
      return error.code
    }
  }

  @Test("a path without links, with dots and doubled slashes")
  func plain() {
    #expect(code("/real/inbox") == nil && code("//real/./inbox/") == nil)
    #expect(code("/real/missing") == ENOENT)
  }

  @Test("a link of ours in a directory that nobody else may change counts on the way, and never at the end")
  func links() {
    #expect(symlink("real", directory.path + "/link") == 0)
    #expect(symlink(directory.path + "/real", directory.path + "/whole") == 0)
    #expect(code("/link/inbox") == nil && code("/whole/inbox") == nil)
    #expect(code("/link") == ELOOP && code("/link", isFolder: false) == nil)
  }

  @Test("a link where others may put another counts nowhere")
  func openDirectory() {
    #expect(symlink("real", directory.path + "/link") == 0)
    #expect(chmod(directory.path, 0o777) == 0)
    #expect(code("/link/inbox") == ELOOP)
    #expect(code("/real/inbox") == nil)
    #expect(chmod(directory.path, 0o1777) == 0)
    #expect(code("/link/inbox") == nil, "the sticky bit keeps ours where it is")
  }

  @Test("somebody else's link counts nowhere", .enabled(if: geteuid() == 0))
  func foreign() {
    #expect(symlink("real", directory.path + "/link") == 0)
    #expect(lchown(directory.path + "/link", 12345, 12345) == 0)
    #expect(code("/link/inbox") == ELOOP)
  }

  @Test("links in a circle end, and a file on the way is no directory")
  func circle() throws {
    #expect(symlink("two", directory.path + "/one") == 0 && symlink("one", directory.path + "/two") == 0)
    #expect(code("/one/inbox") == ELOOP)
    try directory.write("x", to: "file")
    #expect(code("/file") == ENOTDIR && code("/file/inbox") == ENOTDIR)
  }
}

/// Which mount a path lies in, from the kernel's own table.
struct MountTableTests {
  private static let table = Array(
    """
    22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
    40 22 0:35 / /srv/scans rw - nfs4 nas:/scans rw
    41 22 0:36 / /srv/scans rw - fuse.sshfs me@host:/x rw
    42 22 0:37 / /srv/with\\040space rw master:2 - cifs //nas/a\\134b rw

    """.utf8)

  @Test(
    "the longest mount point counts, the last of several at one place, and whole names only",
    arguments: [
      ("/srv/scans/a", "fuse.sshfs"), ("/srv/scans", "fuse.sshfs"), ("/srv/scansX", "ext4"), ("/", "ext4"),
      ("/srv/with space/x", "cifs"),
    ])
  func mounts(path: String, kind: String) {
    #expect(MountTable.mount(of: Array(path.utf8), in: Self.table)?.kind == kind)
  }

  @Test("two mounts of one file system show where a directory is on it")
  func locations() {
    let table = Array(
      """
      22 1 8:1 / / rw - ext4 /dev/sda1 rw
      40 22 8:1 /srv/a/sub /mnt/b rw - ext4 /dev/sda1 rw
      41 22 0:9 /@data/x /mnt/c rw - btrfs /dev/sdb rw

      """.utf8)
    func location(_ path: String) -> MountTable.Location? { MountTable.location(of: Array(path.utf8), in: table) }
    #expect(location("/mnt/b/c") == location("/srv/a/sub/c") && location("/mnt/b") == location("/srv/a/sub"))
    #expect(location("/mnt/c/d")?.path == Array("/@data/x/d".utf8) && location("/")?.path == Array("/".utf8))
    func holds(_ outer: String, _ inner: String) -> Bool? {
      location(outer).flatMap { location(inner)?.isSame(as: $0, orBelow: true) }
    }
    #expect(holds("/srv/a", "/mnt/b") == true && holds("/mnt/b", "/srv/a") == false && holds("/", "/mnt/c") == false)
  }

  @Test("what is escaped is shown, what could act on a terminal is not")
  func shown() {
    let mount = MountTable.mount(of: Array("/srv/with space".utf8), in: Self.table)
    #expect(mount?.point == "/srv/with space" && mount?.source.contains("nas/a") == true)
    let hostile = Array("42 22 0:37 / /srv rw - fuse \u{1b}[2J rw\nshort line\n".utf8)
    #expect(MountTable.mount(of: Array("/srv".utf8), in: hostile)?.source.contains("\u{1b}") == false)
  }
}
