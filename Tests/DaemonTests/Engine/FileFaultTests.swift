import DeliveryModel
import Glibc
import SystemSupport
import Testing

@testable import Daemon

struct FileFaultTests {
  @Test(
    "each error has its meaning",
    arguments: [
      (EACCES, "permission"), (EPERM, "permission"), (EMFILE, "resources"), (ENFILE, "resources"),
      (ENOMEM, "resources"),
      (EIO, "read-error"), (ESTALE, "read-error"), (ENODEV, "read-error"),
    ])
  func faults(code: Int32, name: String) throws {
    let fault = FileFault(
      SystemCallError(call: "read", code: code), file: Fixture.file(), root: try RootDirectory("/"))
    #expect(Self.code(of: fault.outcome) == name)
  }

  @Test("a file that a lease keeps, or that somebody writes, is judged again", arguments: [EWOULDBLOCK])
  func leased(code: Int32) throws {
    let fault = FileFault(
      SystemCallError(call: "openat2", code: code), file: Fixture.file(), root: try RootDirectory("/"))
    #expect(fault.outcome == .changed)
  }

  private static func code(of outcome: HashOutcome) -> String? {
    switch outcome {
    case .unreadable(let code, _): code
    case .away: "away"
    default: nil
    }
  }
}
