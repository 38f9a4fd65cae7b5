import DeliveryModel
import Folders
import Testing

@testable import Status

struct HeldUpFilesTests {
  private static let since = Timestamp(milliseconds: 1_795_430_527_123)

  private static func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  private static func status(_ name: String = "inbox", _ change: (inout FolderWatchStatus) -> Void) -> FolderWatchStatus
  {
    var status = FolderWatchStatus(name: name, path: "/srv/\(name)", mode: .inotify)
    status.presence = .present
    change(&status)
    return status
  }

  private static func unreadable(_ status: inout FolderWatchStatus, _ path: String, isDirectory: Bool, of count: Int) {
    status.unreadable = [
      UnreadableEntry(path: Self.path(path), isDirectory: isDirectory, since: since, reason: "permission denied")
    ]
    status.unreadableCount = count
  }

  private static func overdue(_ status: inout FolderWatchStatus, isHeldOpen: Bool) {
    status.late = [
      FolderWatchStatus.LateFile(path: path("young"), since: since, isHeldOpen: true, isOverdue: false),
      FolderWatchStatus.LateFile(path: path("old"), since: since, isHeldOpen: isHeldOpen, isOverdue: true),
    ]
    status.overdueCount = 1
  }

  @Test("the line names the first of them and counts all, of every folder")
  func line() {
    let readable = Self.status("scans") { Self.overdue(&$0, isHeldOpen: true) }
    let closed = Self.status { Self.unreadable(&$0, "HR", isDirectory: true, of: 3) }
    #expect(HeldUpFiles([Self.status { _ in }]) == nil)
    #expect(
      HeldUpFiles([readable])?.text == "scans/old has been held open for writing by a program for more than 30min")
    #expect(
      HeldUpFiles([closed, readable])?.text
        == "inbox/HR (directory) may not be read by the service, and 3 more")
    #expect(
      HeldUpFiles([Self.status { Self.overdue(&$0, isHeldOpen: false) }])?.text
        == "inbox/old has not come to rest for 30min")
  }

  @Test("a name that is too long, or no text, forges nothing")
  func hostile() {
    let status = Self.status {
      Self.unreadable(&$0, "a\nOK: all is well\u{202e}" + String(repeating: "x", count: 300), isDirectory: false, of: 1)
    }
    let text = HeldUpFiles([status])?.text ?? ""
    #expect(!text.contains("\n") && !text.contains("\u{202e}") && text.unicodeScalars.count < 200)
  }

  @Test("a folder that is away or holds up files is a condition, a young or polled one is none")
  func conditions() {
    let missing = Self.status {
      $0.presence = .missing
      $0.problem = "it is not there"
    }
    #expect(
      FolderCondition(missing)
        == FolderCondition(
          reason: "it is not available: it is not there; its files wait until it is", isOld: false))
    #expect(FolderCondition(Self.status { $0.problem = "polled" }) == nil)
    let closed = Self.status {
      $0.problem = "it may not be listed"
      $0.isIncomplete = true
    }
    #expect(FolderCondition(closed)?.reason == "it may not be listed")
    #expect(FolderCondition(Self.status { $0.presence = .opening }) == nil)
    #expect(FolderCondition(Self.status { Self.unreadable(&$0, "a", isDirectory: false, of: 1) })?.isOld == false)
    #expect(FolderCondition(Self.status { Self.overdue(&$0, isHeldOpen: true) })?.isOld == true)
    #expect(FolderCondition(Self.status { $0.presence = .silent(since: Self.since) })?.isOld == false)
  }
}
