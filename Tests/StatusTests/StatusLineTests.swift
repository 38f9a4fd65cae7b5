import DeliveryModel
import TestFixtures
import Testing

@testable import Status
@testable import Delivery

struct StatusLineTests {
  /// 2026-11-23, 10:42:07.123 UTC.
  private static let moment = Timestamp(milliseconds: 1_795_430_527_123)

  private static func line(_ change: (inout StatusLine) -> Void = { _ in }) -> String {
    var line = StatusLine(
      folderCount: 2, unavailableFolders: [], pending: 3, parked: 0, oldestPending: .seconds(12), deliveredToday: 412,
      lastDelivered: .init(folder: "inbox", path: Fixture.path("2026/contract.pdf"), at: moment), pauses: [],
      problem: nil,
      reloadProblem: nil)
    change(&line)
    return line.text
  }

  private static func pause(_ kind: Circuit.Kind, _ message: String) -> StatusLine.Pause {
    StatusLine.Pause(kind: kind, failure: Fixture.failure(.blocked, message: message), since: moment)
  }

  @Test("all is well: folders, queue, the day's count and the last file")
  func good() {
    #expect(Self.moment.iso8601 == "2026-11-23T10:42:07.123Z")
    #expect(
      Self.line() == "OK: 2 folders, 3 pending (oldest 12s), 412 delivered today, last contract.pdf 10:42:07")
  }

  @Test("an empty queue has no oldest file, one folder is one, and nothing delivered has no last")
  func quiet() {
    let line = Self.line {
      $0.folderCount = 1
      $0.pending = 0
      $0.lastDelivered = nil
      $0.deliveredToday = 0
    }
    #expect(line == "OK: 1 folder, 0 pending, 0 delivered today")
  }

  @Test("parked files are counted beside the pending")
  func parked() {
    #expect(Self.line { $0.parked = 2 }.hasPrefix("OK: 2 folders, 3 pending (oldest 12s), 2 parked, 412"))
  }

  @Test("a refused account comes first, with the reason, since when, and that nothing is lost")
  func blocked() {
    let line = Self.line {
      $0.pending = 12
      $0.problem = "the disk is full"
      $0.unavailableFolders = ["scans"]
      $0.pauses = [
        Self.pause(.outage, "DynamoDB does not answer"),
        Self.pause(.blocked, "S3 refuses s3:PutObject on s3logger-files (AccessDenied)"),
      ]
    }
    #expect(
      line == "BLOCKED: S3 refuses s3:PutObject on s3logger-files (AccessDenied) since 10:42; 12 pending, nothing lost")
  }

  @Test("a reason too long for a line ends at a word")
  func longReason() {
    let reason = "no AWS credentials were found" + String(repeating: ", not here", count: 50)
    let line = Self.line { $0.pauses = [Self.pause(.blocked, reason)] }
    #expect(line.hasPrefix("BLOCKED: no AWS credentials were found, not here, not"))
    #expect(line.hasSuffix(" ... since 10:42; 3 pending, nothing lost"))
    #expect(line.utf8.count < 300)
  }

  @Test("an outage waits")
  func waiting() {
    let line = Self.line { $0.pauses = [Self.pause(.outage, "S3 does not answer")] }
    #expect(line == "WAITING: S3 does not answer since 10:42; 3 pending, nothing lost")
  }

  @Test("of closed folders the first is named and the others counted; of services that refuse alike, both")
  func closed() {
    func folder(_ name: String, also: String? = nil) -> StatusLine.ClosedFolder {
      StatusLine.ClosedFolder(folder: name, pause: Self.pause(.blocked, "S3 refuses it"), waiting: 3, also: also)
    }
    let start = "BLOCKED: folder a, all 3 files that wait there: S3 refuses it since 10:42"
    #expect(Self.line { $0.closed = [folder("a")] }.hasPrefix(start + "; the others flow; 3 pending"))
    let two = Self.line { ($0.closed, $0.folderCount) = ([folder("a"), folder("b")], 3) }
    #expect(two.hasPrefix(start + ", and 1 more folder; the others flow; 3 pending"))
    #expect(Self.line { $0.closed = [folder("a"), folder("b")] }.hasPrefix(start + ", and 1 more folder; 3 pending"))
    #expect(
      Self.line { $0.closed = [folder("a", also: "DynamoDB")] }
        .hasPrefix(start + ", and DynamoDB refuses too; the others"))
    let lane = Fixture.failure(.blocked, .dynamodb, message: "DynamoDB refuses it")
    let both = Self.line {
      $0.pauses = [
        Self.pause(.blocked, "S3 refuses it"), StatusLine.Pause(kind: .blocked, failure: lane, since: Self.moment),
      ]
    }
    #expect(both == "BLOCKED: S3 refuses it since 10:42, and DynamoDB refuses too; 3 pending, nothing lost")
  }

  @Test("a folder of which no request is answered is named, long before the requests are given up")
  func unanswered() {
    let one = StatusLine.Unanswered(folder: "a", service: "S3", since: Self.moment)
    #expect(
      Self.line { $0.unanswered = [one] }.hasPrefix(
        "DEGRADED: S3 answers no request of folder a since 10:42: look at the line and what is on it; what gets no answer "
          + "is given up in time and sent again, the others flow; 3 pending"))
    let other = StatusLine.Unanswered(folder: "b", service: "S3", since: Self.moment)
    let both = Self.line { $0.unanswered = [one, other] }
    #expect(both.contains("of folder a since 10:42, nor 1 more:") && !both.contains("the others flow"))
    let only = Self.line { ($0.unanswered, $0.folderCount) = ([one], 1) }
    #expect(only.contains("S3 answers no request since 10:42: look") && only.contains("sent again; 3 pending"))
  }

  @Test("what is wrong here is told before the numbers, the worst first")
  func degraded() {
    #expect(
      Self.line {
        $0.unavailableFolders = ["scans", "b"]
        $0.lastDelivered = nil
      }
        == "DEGRADED: folder scans is not available, its files are waited for; 3 pending (oldest 12s), 412 delivered today"
    )
    #expect(Self.line { $0.reloadProblem = "no" }.hasPrefix("DEGRADED: no; 3 pending"))
    #expect(
      Self.line {
        $0.problem = "the disk is full"
        $0.reloadProblem = "no"
        $0.unavailableFolders = ["scans"]
      }.hasPrefix("DEGRADED: the disk is full; 3 pending"))
  }

  @Test("what waits for a restart is named where nothing is wrong, and is nothing wrong itself")
  func restart() {
    #expect(
      Self.line {
        $0.lastDelivered = nil
        $0.restartNeeded = "journal.directory, folder.path of inbox and 3 more"
      } == "OK: 2 folders, 3 pending (oldest 12s), 412 delivered today; restart needed for journal.directory, "
        + "folder.path of inbox and 3 more")
  }

  @Test("a hostile name cannot forge a line, and a long one is cut")
  func hostile() {
    let forged = Self.line {
      $0.lastDelivered = .init(folder: "inbox", path: Fixture.path("a\nSTATUS=OK\u{1b}[2J"), at: Self.moment)
    }
    #expect(forged.hasSuffix("last a\\nSTATUS=OK\\x1b[2J 10:42:07"))
    let long = Self.line {
      $0.lastDelivered = .init(folder: "inbox", path: Fixture.path(String(repeating: "n", count: 255)), at: Self.moment)
    }
    #expect(long.utf8.count < 200)
  }

  @Test(
    "ages show the largest unit that fits",
    arguments: [
      (-5, "0s"), (0, "0s"), (119, "119s"), (120, "2min"), (7199, "119min"), (7200, "2h"), (172_799, "47h"),
      (172_800, "2d"), (864_000, "10d"),
    ])
  func ages(seconds: Int, text: String) {
    #expect(Duration.seconds(seconds).brief == text)
  }
}
