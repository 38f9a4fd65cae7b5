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
    // Not by Foundation, whose descriptor a child that another test starts at this moment would inherit, and keep open for
    // writing as long as it lives: no lease is to be had then, and the file never counts as at rest.
    let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try file.write(contentsOf: content)
    try file.close()
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
