import Foundation
import Testing

/// A directory of one test's own, removed with everything in it afterwards.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/s3loggerd-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    path = String(cString: try #require(made))
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file by its name below the directory, in place if it is there.
  func write(_ content: String, to name: String) throws {
    try Data(content.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func write(_ content: [UInt8], to name: String) throws {
    try Data(content).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + name)
  }
}
