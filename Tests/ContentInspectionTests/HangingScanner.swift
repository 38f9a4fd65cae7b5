import Foundation
import Glibc
import TestSupport
import Testing

/// A socket that is listened to and never accepted from, as of a scanner that hangs.
final class HangingScanner {
  private let directory: TemporaryDirectory
  var path: String { directory.path + "/socket" }
  private let listener: Int32
  private var callers: [Int32] = []

  init() throws {
    directory = try TemporaryDirectory()
    listener = Self.unixSocket()
    let bound = Self.withAddress(directory.path + "/socket") { bind(listener, $0, $1) }
    try #require(bound == 0 && listen(listener, 0) == 0)
  }

  /// Calls until no more calls are taken.
  func fillQueue() {
    while true {
      let caller = Self.unixSocket()
      callers.append(caller)
      _ = fcntl(caller, F_SETFL, O_NONBLOCK)
      if Self.withAddress(path, { connect(caller, $0, $1) }) != 0 { return }
    }
  }

  /// Takes one call, and answers it with a byte each 20 ms for as long as it is listened to.
  func drip() {
    let listener = listener
    Thread.detachNewThread {
      let caller = accept(listener, nil, nil)
      while send(caller, "x", 1, Int32(MSG_NOSIGNAL)) == 1 { usleep(20_000) }
      close(caller)
    }
  }

  deinit {
    for descriptor in callers + [listener] { close(descriptor) }
  }

  private static func unixSocket() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
