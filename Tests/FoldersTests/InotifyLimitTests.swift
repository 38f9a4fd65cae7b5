import Glibc
import SystemSupport
import Testing

@testable import Folders

@Suite("The kernel's limits on inotify")
struct InotifyLimitTests {
  private static let system = InotifyLimit.Setting(name: "fs.inotify.max_user_watches", value: 8192)
  private static let namespace = InotifyLimit.Setting(name: "user.max_inotify_watches", value: 5)

  @Test("the lower of two settings is in force, the system's where they are equal or cannot be read")
  func inForce() {
    #expect(InotifyLimit.Setting.lowest(of: [Self.system, Self.namespace]) == Self.namespace)
    let same = InotifyLimit.Setting(name: "user.max_inotify_watches", value: 8192)
    #expect(InotifyLimit.Setting.lowest(of: [Self.system, same]) == Self.system)
    let hidden = InotifyLimit.Setting(name: "fs.inotify.max_user_watches", value: nil)
    #expect(InotifyLimit.Setting.lowest(of: [hidden, .init(name: "x", value: nil)]) == hidden)
  }

  @Test("the value that would do leaves others what is used now", arguments: [(5, 20, 32), (8192, 100_000, 131_072)])
  func sufficient(limit: Int, directories: Int, expected: Int) {
    let setting = InotifyLimit.Setting(name: "fs.inotify.max_user_watches", value: limit)
    #expect(InotifyLimit.watches.sufficient(setting, directories: directories) == expected)
    #expect(
      InotifyLimit.watches.advice(setting, directories: directories).contains("max_user_watches=\(expected) would do"))
  }

  @Test("each error names its limit, others none")
  func errors() {
    #expect(InotifyLimit(SystemCallError(call: "inotify_add_watch", code: ENOSPC)) == .watches)
    #expect(InotifyLimit(SystemCallError(call: "inotify_init1", code: EMFILE)) == .instances)
    #expect(InotifyLimit(SystemCallError(call: "inotify_add_watch", code: EACCES)) == nil)
  }

  @Test("a limit that changed is reason to try at once; else the pauses grow")
  func attempts() {
    let error = SystemCallError(call: "inotify_add_watch", code: EIO)
    var fallback = EventFallback(error, directories: 0, pause: .seconds(10), at: instant(0))
    let due = [9_999, 10_000, 29_999, 30_000, 60_000].map {
      fallback.isAttemptDue(at: instant($0), longestPause: .seconds(30))
    }
    #expect(due == [false, true, false, true, true])
    var again = EventFallback(error, directories: 0, pause: .seconds(10), at: instant(60_000))
    again.goOn(after: fallback)
    let isDueAgain = again.isAttemptDue(at: instant(89_999), longestPause: .seconds(30))
    #expect(!isDueAgain)
  }
}
