import DeliveryJournal
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Daemon

@Suite("A command's request is carried out once, and never lost")
struct RequestFolderTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try directory.write("retry 7", to: "1-1.request")
    try directory.write("progress", to: "2-2.request")
  }

  /// The requests handed over, and how many files were no request.
  private func take(
    _ folder: RequestFolder
  ) async -> (requests: [CommandRequest], nonsense: Int, left: SystemCallError?) {
    var requests: [CommandRequest] = []
    var nonsense = 0
    let left = await folder.takeAll { found, _ in
      if case .request(let request) = found { requests.append(request) } else { nonsense += 1 }
    }
    return (requests, nonsense, left as? SystemCallError)
  }

  @Test("each is handed over and removed")
  func each() async throws {
    let taken = await take(RequestFolder(directory: directory.path))
    #expect(taken.requests == [.retry(.numbers([7])), .progress] && taken.left == nil)
    #expect(try directory.names.isEmpty)
  }

  @Test("one that cannot be read just now stays for later, the others do not wait", arguments: [EMFILE, ENFILE, EIO])
  func passing(code: Int32) async throws {
    var folder = RequestFolder(directory: directory.path)
    folder.read = { path throws(SystemCallError) in
      if path.hasSuffix("1-1.request") { throw SystemCallError(call: "open", code: code) }
      return try SmallFile.read(path)
    }
    let taken = await take(folder)
    #expect(taken.requests == [.progress] && taken.left?.code == code)
    #expect(await take(RequestFolder(directory: directory.path)).requests == [.retry(.numbers([7]))])
  }

  @Test("one that cannot be carried out just now stays until it is, also over the end of the daemon")
  func notCarriedOut() async throws {
    let left = await RequestFolder(directory: directory.path).takeAll { found, _ in
      if case .request(.retry) = found { throw JournalError.busy }
    }
    #expect(left as? JournalError == .busy)
    #expect(await take(RequestFolder(directory: directory.path)).requests == [.retry(.numbers([7]))])
    #expect(try directory.names.isEmpty)
  }

  @Test("whoever waits for an answer hears that none comes, where the last who could give it is gone")
  func unanswered() async throws {
    let kept = Mailbox<Reply>()
    await #expect(throws: CancellationError.self) {
      try await withCheckedThrowingContinuation { continuation in
        _ = kept.post(Reply(continuation))
        _ = kept.takeNow()
      }
    }
    try await withCheckedThrowingContinuation { Reply($0).give(.success(())) }
  }

  @Test("what is no request, or can never be read, is told of and removed")
  func nonsense() async throws {
    try directory.write("retry everything", to: "1-1.request")
    try directory.write(String(repeating: "x", count: 2 << 20), to: "2-2.request")
    let taken = await take(RequestFolder(directory: directory.path))
    #expect(taken.requests.isEmpty && taken.nonsense == 2 && taken.left == nil)
    #expect(try directory.names.isEmpty)
  }
}
