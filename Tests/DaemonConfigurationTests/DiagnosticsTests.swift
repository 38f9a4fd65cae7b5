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

  @Test("a key that everyone may read is remarked upon, and where systemd takes it from")
  func openKeys() {
    let open = FolderProbe(
      isReadByAll: { ["/etc/s3loggerd/aws_key_id", "/keys/secret", "/etc/s3loggerd/hook"].contains($0) },
      { .directory(resolved: $0) })
    let outcome = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(
        aws: "access_key_id_file = \"aws_key_id\"\nsecret_access_key_file = \"/keys/secret\"",
        sections: "[alerts]\nwebhook_url_file = \"/keys/url\"\nwebhook_secret_file = \"hook\""), folders: open)
    #expect(outcome.configuration != nil)
    let advice =
      "can be read by everyone on this machine; run chmod go-r on it, and replace the key if somebody may have read it"
    #expect(
      outcome.diagnostics.map(\.description) == [
        "config.toml:5:1: aws.access_key_id_file: warning: \"/etc/s3loggerd/aws_key_id\" \(advice)",
        "config.toml:6:1: aws.secret_access_key_file: warning: \"/keys/secret\" \(advice)",
        "config.toml:9:1: alerts.webhook_secret_file: warning: \"/etc/s3loggerd/hook\" \(advice)",
      ])
  }

  @Test("what the daemon writes lies in no watched folder, by no symbolic link either")
  func ownFiles() {
    let linked = FolderProbe { $0 == "/state" ? .symbolicLink(target: "/srv/inbox/state") : .directory(resolved: $0) }
    func told(_ sections: String) -> [String] {
      ConfigurationFixture.parse(ConfigurationFixture.minimal(sections: sections), folders: linked).diagnostics.map(
        \.key)
    }
    #expect(told("[journal]\ndirectory = \"/state\"") == ["folder[1].path"])
    #expect(told("[status]\nmetrics_file = \"/srv/inbox/metrics.prom\"") == ["status.metrics_file"])
    #expect(told("[journal]\ndirectory = \"/srv/state\"\n[status]\nmetrics_file = \"/srv/inbox.prom\"") == [])
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
