import Foundation

/// The embedded AWS of `Fixtures/moto_server.py`, ended with the process that started it. Needs Python 3 with moto[server] and
/// boto3; `S3LOGGERD_PYTHON` may name the interpreter.
final class MotoServer: Sendable {
  struct Greeting: Decodable {
    let endpoint: String
    let role: String
    let key: String
    let secret: String
  }

  struct Holdings: Decodable {
    struct Object: Decodable {
      let key: String
      let size: Int
      let type: String
      let metadata: [String: String]
    }

    /// By version.
    let objects: [String: Object]
    let items: [[String: [String: String]]]
  }

  struct NoAnswer: Error, CustomStringConvertible {
    let description = "the embedded AWS did not start: it needs Python 3 with moto[server] and boto3"
  }

  let greeting: Greeting
  private let input: FileHandle
  private let output: FileHandle

  init() throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/moto_server.py")
    let (questions, answers) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["S3LOGGERD_PYTHON"] ?? "python3", script.path]
    process.standardInput = questions
    process.standardOutput = answers
    try process.run()
    (input, output) = (questions.fileHandleForWriting, answers.fileHandleForReading)
    greeting = try JSONDecoder().decode(Greeting.self, from: Self.line(of: output))
  }

  func holdings() throws -> Holdings {
    try input.write(contentsOf: Data("\n".utf8))
    return try JSONDecoder().decode(Holdings.self, from: Self.line(of: output))
  }

  private static func line(of handle: FileHandle) throws -> Data {
    var line = Data()
    while true {
      guard let byte = try handle.read(upToCount: 1), !byte.isEmpty else { throw NoAnswer() }
      if byte[byte.startIndex] == 0x0a { return line }
      line.append(byte)
    }
  }
}
