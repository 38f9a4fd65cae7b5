import DeliveryModel
import TestSupport
import Testing

@testable import Daemon

struct TransferReportTests {
  private let at = Timestamp(milliseconds: 1_795_000_000_000)

  /// The transport's id of a part.
  private func part(_ part: Int, of number: Int64) throws -> UInt64 {
    try #require(RequestDesk.identifier(of: .uploadPart(number, part: part)))
  }

  @Test("the parts of a file that are under way count together, and the report reads back")
  func roundTrip() throws {
    let put = try #require(RequestDesk.identifier(of: .putObject(8)))
    let report = TransferReport(at: at, [try part(1, of: 7): 100, try part(3, of: 7): 20, put: 5])
    #expect(report.sent == [7: 120, 8: 5])
    #expect(TransferReport(bytes: report.bytes) == report)
  }

  @Test("anything else is no report", arguments: ["", "x", "1\n7", "1\n7 x", "1\n7 1 2"])
  func refused(text: String) {
    #expect(TransferReport(bytes: Array(text.utf8)) == nil)
  }

  @Test("a watcher asks each time, and takes an answer of these seconds only")
  func poll() throws {
    let directory = try TemporaryDirectory()
    try directory.makeDirectory("commands")
    #expect(TransferReport.poll(directory.path, now: at).isEmpty)
    let report = TransferReport(at: at, [try part(1, of: 7): 100])
    try directory.write(String(decoding: report.bytes, as: UTF8.self), to: "progress")
    #expect(TransferReport.poll(directory.path, now: at + .seconds(4)) == [7: 100])
    #expect(TransferReport.poll(directory.path, now: at + .seconds(5)).isEmpty)
    let requests = CommandRequest.names(in: directory.path + "/commands")
    #expect(requests.count == 1, "what is asked again before an answer is one request")
  }
}
