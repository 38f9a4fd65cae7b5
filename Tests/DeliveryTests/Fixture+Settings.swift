import DaemonConfiguration
import TestFixtures

@testable import Delivery

extension Fixture {
  static func settings(_ path: String, _ keys: String = "") throws -> EngineSettings {
    EngineSettings(configuration: try configuration(path, keys), host: "server")
  }
}
