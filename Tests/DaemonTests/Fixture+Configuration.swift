import DaemonConfiguration
import Testing

@testable import Daemon

extension Fixture {
  /// A configuration whose one folder, `inbox`, lies at `path` and has these further keys.
  static func configuration(_ path: String, _ keys: String = "") throws -> Configuration {
    let text = """
      [aws]
      region = "eu-south-1"
      bucket = "files"
      table = "records"
      [[folder]]
      name = "inbox"
      path = "\(path)"
      \(keys)
      """
    return try #require(
      ConfigurationLoader.parse(Array(text.utf8), file: "test", environment: [:], folders: .none).configuration)
  }

  static func settings(_ path: String, _ keys: String = "") throws -> EngineSettings {
    EngineSettings(configuration: try configuration(path, keys), host: "server")
  }
}
