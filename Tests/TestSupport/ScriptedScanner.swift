import Foundation

/// A virus scanner on a Unix socket that does with each file what a test wants (clamd(8), `INSTREAM`). Every connection has
/// a thread of its own.
package final class ScriptedScanner: Sendable {
  package enum Reply: Sendable {
    /// Sent as it stands; an answer of clamd's ends with a NUL.
    case answer(String)
    /// The connection is closed without a word.
    case close
    /// Nothing comes until the other side gives up.
    case silence
  }

  private let directory: TemporaryDirectory
  private let listener: Int32
  private let script: @Sendable ([UInt8]) -> Reply
  private let lock = NSLock()
  nonisolated(unsafe) private var asked: [[UInt8]] = []

  package var path: String { directory.path + "/socket" }
  /// The contents that it was given so far.
  package var contents: [[UInt8]] { lock.withLock { asked } }

  package init(_ script: @escaping @Sendable ([UInt8]) -> Reply) throws {
    directory = try TemporaryDirectory()
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    self.script = script
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
    Thread.detachNewThread { [listener, self] in
      while true {
        let caller = accept(listener, nil, nil)
        if caller < 0 { return }
        Thread.detachNewThread { [self] in serve(caller) }
      }
    }
  }

  /// Takes no more calls: new ones are refused, and the thread lets go of this.
  package func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    unlink(path)
  }

  deinit { close(listener) }

  private func serve(_ caller: Int32) {
    defer { close(caller) }
    guard let content = Self.content(from: caller) else { return }
    lock.withLock { asked.append(content) }
    switch script(content) {
    case .answer(let text): _ = text.withCString { send(caller, $0, text.utf8.count, Int32(MSG_NOSIGNAL)) }
    case .close: break
    case .silence:
      var byte: UInt8 = 0
      while recv(caller, &byte, 1, 0) > 0 {}
    }
  }

  private static func content(from caller: Int32) -> [UInt8]? {
    guard take(10, from: caller) == Array("zINSTREAM\0".utf8) else { return nil }
    var content: [UInt8] = []
    while let length = take(4, from: caller) {
      let count = length.reduce(0) { $0 << 8 | Int($1) }
      if count == 0 { return content }
      guard let piece = take(count, from: caller) else { return nil }
      content += piece
    }
    return nil
  }

  private static func take(_ count: Int, from caller: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return recv(caller, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
  }
}
