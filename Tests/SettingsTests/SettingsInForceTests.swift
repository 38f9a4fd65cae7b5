import DaemonConfiguration
import Testing

@testable import Settings
@testable import Delivery

struct SettingsInForceTests {
  private static func settings(_ values: [String: String], isUnit: Bool = false) throws -> SettingsInForce {
    SettingsInForce(
      EngineSettings(configuration: try SettingExample.configuration(values), host: "server"), isUnit: isUnit)
  }

  private static func adopt(_ values: [String: String], _ settings: SettingsInForce) throws -> [String] {
    settings.adopt(try SettingExample.configuration(values), host: "server").map(\.text)
  }

  @Test("what a reload can change is in force at once")
  func live() throws {
    let settings = try Self.settings(["upload.concurrency": "16"])
    #expect(try Self.adopt(["upload.concurrency": "48"], settings) == ["upload.concurrency"])
    #expect(settings.value.configuration.upload.concurrency == 48 && settings.waiting.isEmpty)
    #expect(try Self.adopt(["upload.concurrency": "48"], settings) == [])
  }

  @Test("what needs a restart stays as it was, is named, and is so until it is put back")
  func restart() throws {
    let settings = try Self.settings(["journal.directory": #""/var/lib/one""#])
    let (two, three) = (["journal.directory": #""/var/lib/two""#], ["journal.directory": #""/var/lib/three""#])
    #expect(try Self.adopt(two.merging(["journal.history": #""30d""#]) { $1 }, settings) == ["journal.history"])
    #expect(settings.waiting == [SettingsChange(key: "journal.directory", effect: .restart)])
    let configuration = settings.value.configuration
    #expect(configuration.journal.directory == "/var/lib/one" && configuration.runtimeDirectory == "/var/lib/one")
    #expect(configuration.journal.history == .seconds(30 * 86_400))
    #expect(try Self.adopt(three, settings) == ["journal.history"] && settings.waiting.count == 1)
    #expect(try Self.adopt(["journal.directory": #""/var/lib/one""#], settings) == ["journal.directory"])
    #expect(settings.waiting.isEmpty && settings.value.configuration.journal.directory == "/var/lib/one")
  }

  @Test("what the unit must allow first is compared with what the process was started with")
  func unit() throws {
    let settings = try Self.settings([:], isUnit: true)
    #expect(try Self.adopt(["folder.status_page": "true"], settings) == [])
    #expect(settings.waiting.map(\.text) == ["folder.status_page of inbox"])
    #expect(settings.value.configuration.folders[0].statusPage)
    #expect(
      try Self.adopt(["folder.status_page": "true", "upload.concurrency": "5"], settings) == ["upload.concurrency"])
    #expect(settings.waiting.map(\.text) == ["folder.status_page of inbox"])
  }

  @Test("folders that were once configured keep their terms over a reload")
  func terms() throws {
    let settings = try Self.settings(["folder.name": #""one""#])
    #expect(try Self.adopt(["folder.name": #""two""#], settings) == ["folder two added", "folder one removed"])
    #expect(Set(settings.value.terms.keys) == ["one", "two"])
  }
}
