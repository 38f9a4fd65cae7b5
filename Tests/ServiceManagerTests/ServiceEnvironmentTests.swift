import Glibc
import Testing

@testable import ServiceManager

@Suite struct ServiceEnvironmentTests {
  @Test("JOURNAL_STREAM matches the one stream it names")
  func journalStream() throws {
    let pipe = try Pipe()
    let other = try Pipe()
    let named = try #require(StreamIdentity(descriptor: pipe.writing))
    let environment = ServiceEnvironment {
      $0 == "JOURNAL_STREAM" ? "\(named.device):\(named.inode)" : nil
    }
    #expect(environment.isJournal(pipe.writing))
    #expect(!environment.isJournal(other.writing))
    #expect(!environment.isJournal(-1))
    #expect(ServiceLog.destination(in: environment, standardError: pipe.writing) { _ in nil } == .journal)
    #expect(
      ServiceLog.destination(in: environment, standardError: other.writing) { _ in nil }
        == .terminal(coloured: false))
  }

  @Test("without JOURNAL_STREAM nothing is the journal")
  func absent() throws {
    let pipe = try Pipe()
    #expect(!ServiceEnvironment { _ in nil }.isJournal(pipe.writing))
  }

  @Test(
    "a malformed JOURNAL_STREAM counts as absent",
    arguments: ["", ":", "8", "8:", ":1", "8:1:2", "-8:1", "8: 1", "0x8:1", "8:99999999999999999999"])
  func malformed(text: String) {
    #expect(StreamIdentity(text) == nil)
  }

  @Test("variables are read, empty and malformed ones dropped")
  func variables() {
    let set = ["NOTIFY_SOCKET": "/run/systemd/notify", "INVOCATION_ID": "0123456789abcdef0123456789abcdef"]
    let environment = ServiceEnvironment { set[$0] }
    #expect(environment.notifySocket == "/run/systemd/notify")
    #expect(environment.invocationID == "0123456789abcdef0123456789abcdef")
    let empty = ServiceEnvironment { ["NOTIFY_SOCKET": "", "INVOCATION_ID": "x\ny"][$0] }
    #expect(empty == ServiceEnvironment { _ in nil })
  }

  @Test("colour needs a terminal that does not refuse it")
  func colour() throws {
    var controller: Int32 = -1
    var terminal: Int32 = -1
    try #require(openpty(&controller, &terminal, nil, nil, nil) == 0)
    defer {
      close(controller)
      close(terminal)
    }
    func coloured(_ variables: [String: String]) -> Bool {
      let environment = ServiceEnvironment { _ in nil }
      return ServiceLog.destination(in: environment, standardError: terminal) { variables[$0] }
        == .terminal(coloured: true)
    }
    #expect(coloured(["TERM": "xterm"]))
    #expect(coloured(["NO_COLOR": ""]))
    #expect(!coloured(["NO_COLOR": "1"]))
    #expect(!coloured(["TERM": "dumb"]))
  }
}
