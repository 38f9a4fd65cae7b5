import DaemonConfiguration
import Testing

@testable import Settings

@Suite("What the unit needs for a configuration")
struct UnitDropInTests {
  private func text(_ more: String, folder: String = "path = \"/srv/inbox\"") throws -> String {
    let toml = """
      [aws]
      region = "eu-south-1"
      bucket = "files"
      table = "table"
      access_key_id_file = "/etc/s3loggerd/aws_key_id"
      secret_access_key_file = "/etc/s3loggerd/aws_key_secret"
      \(more)
      [[folder]]
      name = "inbox"
      \(folder)
      """
    let outcome = ConfigurationLoader.parse(Array(toml.utf8), file: "test", environment: [:], folders: .none)
    return UnitDropIn(try #require(outcome.configuration, "\(outcome.diagnostics)")) { $0 != "/media" }.text
  }

  @Test("a configuration that only reads and runs nothing needs nothing")
  func nothing() throws { #expect(try text("") == "") }

  @Test("a program that is configured may be run, and what it calls")
  func programs() throws {
    let told = try text("[alerts]\ncommand = [\"/opt/not ify/a%b:c\"]")
    #expect(told.contains("ExecPaths=/usr\n"))
    #expect(told.contains("ExecPaths=-\"/opt/not ify/a%%b\\\\:c\"\n"))
    #expect(!told.contains("RestrictSUIDSGID"))
  }

  @Test(
    "a folder that is written to may have set-group-ID directories",
    arguments: ["after_upload = \"move\"", "max_size = \"1GB\"", "receipt = \"daily\"", "status_page = true"])
  func writing(key: String) throws {
    let told = try text("", folder: "path = \"/srv/inbox\"\n\(key)")
    #expect(told.contains("RestrictSUIDSGID=no\n") && !told.contains("ExecPaths"))
  }

  @Test("with only_folders the service sees its folders and nothing beside them")
  func onlyFolders() throws {
    let told = try text("[unit]\nonly_folders = true\n[journal]\ndirectory = \"/data/journal\"")
    let lines = told.split(separator: "\n").map(String.init)
    #expect(lines.contains("ProtectHome=tmpfs") && lines.contains("TemporaryFileSystem=/srv:ro,mode=0755"))
    #expect(lines.contains("BindReadOnlyPaths=-/srv/inbox") && !lines.contains { $0.contains("/media") })
    #expect(!lines.contains { $0.hasPrefix("TemporaryFileSystem=/home") || $0.hasPrefix("TemporaryFileSystem=/etc") })
    let other = try text(
      "[unit]\nonly_folders = true\n[journal]\ndirectory = \"/data/journal\"",
      folder: "path = \"/data/a b\"\nafter_upload = \"delete\"")
    #expect(other.contains("TemporaryFileSystem=/data:ro,mode=0755\n") && other.contains("BindPaths=-\"/data/a b\"\n"))
    #expect(other.contains("BindPaths=-/data/journal\n"))
    // A mark that combines with a space or a slash before it leaves it what it is for systemd.
    let marked = try text("[unit]\nonly_folders = true", folder: "path = \"/data/\u{301}a \u{301}b\"")
    #expect(marked.contains("BindReadOnlyPaths=-\"/data/\u{301}a \u{301}b\"\n"))
    #expect(marked.contains("TemporaryFileSystem=/data:ro,mode=0755\n"))
  }
}
