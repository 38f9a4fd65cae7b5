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
  private func take(_ folder: RequestFolder) -> (requests: [CommandRequest], nonsense: Int, left: SystemCallError?) {
    var requests: [CommandRequest] = []
    var nonsense = 0
    let left = folder.takeAll { found, _ in
      if case .request(let request) = found { requests.append(request) } else { nonsense += 1 }
    }
    return (requests, nonsense, left)
  }

  @Test("each is handed over and removed")
  func each() throws {
    let taken = take(RequestFolder(directory: directory.path))
    #expect(taken.requests == [.retry(.numbers([7])), .progress] && taken.left == nil)
    #expect(try directory.names.isEmpty)
  }

  @Test("one that cannot be read just now stays for later, the others do not wait", arguments: [EMFILE, ENFILE, EIO])
  func passing(code: Int32) throws {
    var folder = RequestFolder(directory: directory.path)
    folder.read = { path throws(SystemCallError) in
      if path.hasSuffix("1-1.request") { throw SystemCallError(call: "open", code: code) }
      return try SmallFile.read(path)
    }
    let taken = take(folder)
    #expect(taken.requests == [.progress] && taken.left?.code == code)
    #expect(take(RequestFolder(directory: directory.path)).requests == [.retry(.numbers([7]))])
  }

  @Test("what is no request, or can never be read, is told of and removed")
  func nonsense() throws {
    try directory.write("retry everything", to: "1-1.request")
    try directory.write(String(repeating: "x", count: 2 << 20), to: "2-2.request")
    let taken = take(RequestFolder(directory: directory.path))
    #expect(taken.requests.isEmpty && taken.nonsense == 2 && taken.left == nil)
    #expect(try directory.names.isEmpty)
  }
}
