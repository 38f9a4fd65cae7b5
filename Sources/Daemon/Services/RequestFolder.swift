import Glibc
import SystemSupport

/// The requests that commands have dropped. Each is handed over and removed once it is carried out; one that cannot be read
/// or carried out just now stays, also across the end of the daemon.
struct RequestFolder: Sendable {
  let directory: String
  var read: @Sendable (String) throws(SystemCallError) -> [UInt8] = { path throws(SystemCallError) in
    try SmallFile.read(path)
  }

  enum Found {
    case request(CommandRequest)
    /// A file that is none, or that can never be read.
    case nonsense(String)
  }

  /// Hands over what there is, with the file's name; `body` throws for what has to be tried again. Returns why some are left
  /// for later; nil where none is.
  func takeAll(_ body: (Found, String) async throws -> Void) async -> (any Error)? {
    var left: (any Error)?
    for name in CommandRequest.names(in: directory) {
      let path = directory + "/" + name
      do {
        try await body(try find(path), name)
        _ = unlink(path)
      } catch {
        // What only waits is no reason to say anything.
        if left == nil || !(error is LeftoverOrders.Pending) { left = error }
      }
    }
    return left
  }

  private func find(_ path: String) throws(SystemCallError) -> Found {
    do throws(SystemCallError) {
      return CommandRequest(bytes: try read(path)).map(Found.request) ?? .nonsense("it is no request")
    } catch {
      guard !Self.passing.contains(error.code) else { throw error }
      return .nonsense("\(error)")
    }
  }

  /// Too many open files, no memory, a disk that does not answer.
  private static let passing: Set<Int32> = [EMFILE, ENFILE, ENOMEM, EIO, EAGAIN]
}
