import Foundation

@testable import AWSConfiguration

/// One line of `shared_files.py`.
struct SharedFileCase: Decodable {
  let config: String
  let credentials: String
  let profiles: [String: [String: Value]]
  let services: [String: [String: Value]]

  enum Value: Decodable, Equatable {
    case text(String)
    case nested([String: String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .nested(try container.decode([String: String].self))
      }
    }
  }

  static func generate(count: Int, seed: UInt32) throws -> [SharedFileCase] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/shared_files.py").path
    let python = ProcessInfo.processInfo.environment["S3LOGGERD_PYTHON"] ?? "python3"
    process.arguments = [python, script, String(count), String(seed)]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let decoder = JSONDecoder()
    return try output.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Self.self, from: $0) }
  }

  /// What the two files are to us, in botocore's shape.
  var found: (profiles: [String: [String: Value]], services: [String: [String: Value]]) {
    let file = ProfileFile(parsing: Array(credentials.utf8), isConfig: false)
      .merged(with: ProfileFile(parsing: Array(config.utf8), isConfig: true))
    return (file.profiles.mapValues(Self.values), file.services.mapValues(Self.values))
  }

  private static func values(_ settings: ProfileSettings) -> [String: Value] {
    settings.settings.mapValues { setting in
      switch setting {
      case .text(let text): .text(text)
      case .nested(let values): .nested(values)
      }
    }
  }
}
