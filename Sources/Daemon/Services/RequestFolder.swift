import Glibc
import SystemSupport

/// The requests that commands have dropped. Each is handed over once and removed; one that cannot be read just now stays.
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

  /// Hands over what there is, with the file's name. Returns why some are left for later; nil where none is.
  func takeAll(_ body: (Found, String) -> Void) -> SystemCallError? {
    var left: SystemCallError?
    for name in CommandRequest.names(in: directory) {
      let path = directory + "/" + name
      do {
        let request = CommandRequest(bytes: try read(path))
        body(request.map(Found.request) ?? .nonsense("it is no request"), name)
      } catch let error where Self.passing.contains(error.code) {
        left = error
        continue
      } catch {
        body(.nonsense("\(error)"), name)
      }
      _ = unlink(path)
    }
    return left
  }

  /// Too many open files, no memory, a disk that does not answer.
  private static let passing: Set<Int32> = [EMFILE, ENFILE, ENOMEM, EIO, EAGAIN]
}
