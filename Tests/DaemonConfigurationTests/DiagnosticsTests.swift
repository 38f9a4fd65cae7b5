import Testing

@testable import DaemonConfiguration

@Suite("Diagnostics")
struct DiagnosticsTests {
  @Test(
    "each mistake is told as the file beside it says, word for word",
    arguments: [
      "after-upload", "alerts", "bad-duration", "bad-names", "bad-rate", "bad-size", "duplicate-key", "empty",
      "key-collisions",
      "keys",
      "missing-folder", "missing-required", "not-a-value", "one-bracket", "overlapping-folders",
      "rules",
      "secrets",
      "secret-in-syntax-error", "several", "unclosed-string", "unknown-key", "wrong-type",
    ])
  func golden(name: String) throws {
    let outcome = ConfigurationLoader.parse(
      try ConfigurationFixture.bytes(name + ".toml"), file: name + ".toml", environment: [:],
      folders: ConfigurationFixture.machine)
    let expected = String(decoding: try ConfigurationFixture.bytes(name + ".expected"), as: UTF8.self)
    let told = outcome.diagnostics.map { $0.description + "\n" }.joined()
    #expect(told == expected)
    #expect(outcome.configuration == nil)
  }

  @Test("a secret's value is never shown")
  func secrets() throws {
    for name in ["secrets.toml", "secret-in-syntax-error.toml", "bad-names.toml", "alerts.toml"] {
      let outcome = ConfigurationLoader.parse(
        try ConfigurationFixture.bytes(name), file: name, environment: [:], folders: .none)
      let told = outcome.diagnostics.map(\.description).joined()
      for secret in ["AKIA", "wJalr", "FwoG", "hunter2", "9999", "T0KEN"] { #expect(!told.contains(secret)) }
    }
  }
}
