import DeliveryModel
import TestSupport
import Testing

@testable import Daemon

struct CommandRequestTests {
  @Test(
    "a request reads back as it was written",
    arguments: [RetryRequest.all, .numbers([12]), .numbers([1, 2, Int64.max])])
  func roundTrip(retry: RetryRequest) {
    for request in [CommandRequest.retry(retry), .progress, .dismiss([12, .max])] {
      #expect(CommandRequest(bytes: request.bytes) == request)
    }
  }

  @Test("an order for a path of any bytes reads back as it was written, and is one line of text")
  func orders() {
    for name in HostileText.names(200, seed: 17) + [Array("a/b c\n.tmp".utf8), [0xff, 0xfe]] {
      let request = CommandRequest.take(folder: "inbox", path: RelativePath(unchecked: name))
      #expect(CommandRequest(bytes: request.bytes) == request)
      #expect(request.bytes.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7f })
    }
    #expect(
      CommandRequest.take(folder: "in", path: RelativePath(unchecked: [0x61])).bytes == Array("take in 61\n".utf8))
  }

  @Test("the file's text is plain")
  func text() {
    #expect(CommandRequest.retry(.numbers([12, 13])).bytes == Array("retry 12 13\n".utf8))
    #expect(CommandRequest.dismiss([12, 13]).bytes == Array("dismiss 12 13\n".utf8))
    #expect(CommandRequest.retry(.all).bytes == Array("retry all\n".utf8))
  }

  @Test(
    "anything else is refused as a whole",
    arguments: [
      "", "\n", "retry", "retry \n", "Retry all", "delete all", "retry all 3", "retry 3 all", "retry 1,2", "retry 1.5",
      "dismiss", "dismiss all", "dismiss 1 x", "dismiss1",
      "retry 0x10", "retry 99999999999999999999", "retry 1; rm", "retryall", "all retry", "retry 1\u{0}",
      "progress all", "take", "take inbox", "take inbox 6", "take inbox xx", "take inbox 61 62", "take inbox 2f61",
      "take inbox 2e2e2f61", "take inbox 6100",
    ])
  func refused(text: String) {
    #expect(CommandRequest(bytes: Array(text.utf8)) == nil)
  }

  @Test("bytes that are not text are refused")
  func notText() {
    #expect(CommandRequest(bytes: Array("retry 1 ".utf8) + [0xff]) == nil)
    #expect(CommandRequest(bytes: [UInt8](repeating: 0, count: 4096)) == nil)
  }

  @Test("only whole requests are seen in the directory, in order; what is written aside is not")
  func names() throws {
    let directory = try TemporaryDirectory()
    for name in ["2-1.request", "1-9.request", "1-9.request.tmp", ".x", "note.txt"] {
      try directory.write("", to: name)
    }
    #expect(CommandRequest.names(in: directory.path) == ["1-9.request", "2-1.request"])
    #expect(CommandRequest.names(in: directory.path + "/none").isEmpty)
  }

  @Test("a dropped request is found whole")
  func drop() throws {
    let directory = try TemporaryDirectory()
    try directory.makeDirectory("commands")
    try CommandRequest.retry(.numbers([5])).drop(in: directory.path)
    let names = CommandRequest.names(in: directory.path + "/commands")
    #expect(names.count == 1)
    let content = try directory.read("commands/" + (names.first ?? ""))
    #expect(CommandRequest(bytes: content) == CommandRequest.retry(.numbers([5])))
  }
}
