package import DaemonConfiguration

extension Fixture {
  /// A configuration whose one folder, `inbox`, lies at `path` and has these further keys.
  package static func configuration(_ path: String, _ keys: String = "") throws -> Configuration {
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
    let loaded = ConfigurationLoader.parse(Array(text.utf8), file: "test", environment: [:], folders: .none)
    guard let configuration = loaded.configuration else { throw UnreadableFixture(text: text) }
    return configuration
  }
}

/// A configuration that a test is made of is not one.
struct UnreadableFixture: Error {
  let text: String
}
