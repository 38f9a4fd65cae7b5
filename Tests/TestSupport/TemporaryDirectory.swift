import Foundation

/// A directory of one test's own, removed with everything in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init() throws {
    var template = Array("/tmp/s3loggerd-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    path = template.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { String(cString: $0) } ?? "" }
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      // Foundation cannot name what lies deep.
      _ = try? Process.run(URL(fileURLWithPath: "/bin/rm"), arguments: ["-rf", path])
    }
  }

  /// The names in the directory itself, sorted.
  package var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// Writes a file by its name below the directory, in place if it is there; `mode` whatever the umask.
  package func write(_ content: [UInt8], to name: String, mode: UInt32? = nil) throws {
    try Data(content).write(to: URL(fileURLWithPath: path + "/" + name))
    if let mode, chmod(path + "/" + name, mode) != 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  package func write(_ content: String, to name: String, mode: UInt32? = nil) throws {
    try write(Array(content.utf8), to: name, mode: mode)
  }

  package func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  package func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  package func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + name)
  }
}
