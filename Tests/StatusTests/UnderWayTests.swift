import DeliveryModel
import TestFixtures
import TestSupport
import Testing

@testable import Status
@testable import Delivery

@Suite("What is under way, in the running daemon's own answer")
struct UnderWayTests {
  /// The transport's id of a part.
  private func part(_ part: Int, of number: Int64) throws -> UInt64 {
    try #require(RequestBuilder.identifier(of: .uploadPart(number, part: part)))
  }

  private func work(
    _ number: Int64, _ stage: WorkUnderWay.Stage, folder: String = "inbox", path: String = "a", size: Int64 = 1000,
    acknowledged: Int64 = 0
  ) -> WorkUnderWay {
    WorkUnderWay(
      number: number, file: Fixture.file(path, folder: folder, size: size, inode: UInt64(number)), stage: stage,
      acknowledged: acknowledged)
  }

  @Test("the parts of a file that are under way count together")
  func parts() throws {
    let put = try #require(RequestBuilder.identifier(of: .putObject(8)))
    #expect(TransferProgress.sent([try part(1, of: 7): 100, try part(3, of: 7): 20, put: 5]) == [7: 120, 8: 5])
  }

  @Test("by folder: what is read, sent with its bytes, and recorded; the files, those that are sent first")
  func folders() {
    let report = StatusReport.UnderWay(
      [
        work(1, .reading), work(2, .sending, acknowledged: 500), work(3, .sending, size: 10), work(4, .recording),
        work(5, .waiting, folder: "archive"),
      ], sent: [2: 700, 3: 4], isShown: { _ in true })
    #expect(report.folders.map(\.folder) == ["archive", "inbox"])
    let inbox = report.folders[1]
    #expect((inbox.reading, inbox.sending, inbox.recording, inbox.waiting) == (1, 2, 1, 0))
    #expect((inbox.bytesDone, inbox.bytes) == (1004, 1010), "never more than the file has")
    #expect(report.files.map(\.number) == [2, 3, 1, 4, 5])
    #expect(report.files.map(\.bytesDone) == [1000, 4, 0, 1000, 0])
  }

  @Test("a name that who asks may not know is left out, not its numbers")
  func names() {
    let report = StatusReport.UnderWay([work(1, .sending, path: "secret")], sent: [:], isShown: { _ in false })
    #expect(report.files.map(\.path) == [nil] && report.files.map(\.size) == [1000])
  }

  @Test("so many files are named and no more")
  func bound() {
    let all = (1...2000 as ClosedRange<Int64>).map { work($0, .sending) }
    let report = StatusReport.UnderWay(all, sent: [:], isShown: { _ in true })
    #expect(report.files.count == StatusReport.UnderWay.limit && report.folders[0].sending == 2000)
  }
}
