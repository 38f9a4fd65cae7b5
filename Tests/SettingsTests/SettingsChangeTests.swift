import DaemonConfiguration
import Testing

@testable import Settings

struct SettingsChangeTests {
  /// Changes of more than their own key.
  private static let special: [String: [SettingsChange]] = [
    "aws.endpoint_url": ["s3", "dynamodb", "sts"].map { SettingsChange(key: "aws.\($0)_endpoint_url") },
    "folder.name": [
      SettingsChange(key: "folder", folder: "two", kind: .added),
      SettingsChange(key: "folder", folder: "one", kind: .removed),
    ],
    "journal.directory": [SettingsChange(key: "journal.directory", effect: .restart)],
  ]

  @Test("every key that a configuration may have has an example here: decide what a reload does with a new one")
  func everyKey() {
    #expect(ConfigurationLoader.keys.count > 80)
    #expect(Set(SettingExample.all.map(\.key)) == ConfigurationLoader.keys)
    #expect(SettingExample.all.count == ConfigurationLoader.keys.count)
  }

  @Test(
    "a changed key is found, and no other; the one that a reload cannot change is said to need a restart",
    arguments: SettingExample.all)
  func change(_ example: SettingExample) throws {
    let (before, after) = try example.configurations()
    let own = SettingsChange(key: example.key, folder: example.key.hasPrefix("folder.") ? "inbox" : nil)
    #expect(SettingsChange.between(before, after, isUnit: false) == Self.special[example.key] ?? [own])
    #expect(SettingsChange.between(before, before, isUnit: true) == [])
    #expect(SettingsChange.between(after, after, isUnit: true) == [])
  }

  // MARK: What systemd has to allow

  /// The keys that need another unit, in a unit and out of it.
  private func needingUnit(_ before: [String: String], _ after: [String: String]) throws -> [String] {
    let (old, new) = (try SettingExample.configuration(before), try SettingExample.configuration(after))
    #expect(SettingsChange.between(old, new, isUnit: false).allSatisfy { $0.effect == .live })
    return SettingsChange.between(old, new, isUnit: true).filter { $0.effect == .unit }.map(\.text)
  }

  @Test("a program that the unit does not let run needs another unit; other arguments of one that it does not")
  func programs() throws {
    let (one, two) = (#"["/opt/one"]"#, #"["/opt/two"]"#)
    #expect(try needingUnit([:], ["alerts.command": one]) == ["alerts.command"])
    #expect(try needingUnit(["alerts.command": one], ["alerts.command": two]) == ["alerts.command"])
    #expect(try needingUnit(["alerts.command": one], ["alerts.command": #"["/opt/one", "more"]"#]) == [])
    #expect(try needingUnit(["alerts.command": one], [:]) == [])
  }

  @Test("the first setting that writes in a folder needs another unit, a further one does not")
  func writing() throws {
    let page = ["folder.status_page": "true"]
    #expect(try needingUnit([:], page) == ["folder.status_page of inbox"])
    #expect(try needingUnit(page, page.merging(["folder.receipt": #""daily""#]) { $1 }) == [])
    #expect(try needingUnit(page, [:]) == [])
  }

  @Test("where the service sees its folders alone, another place needs another unit, and so does seeing all again")
  func places() throws {
    let alone = ["unit.only_folders": "true"]
    #expect(try needingUnit([:], alone) == ["unit.only_folders"])
    #expect(try needingUnit(alone, [:]) == ["unit.only_folders"])
    let moved = alone.merging(["folder.path": #""/srv/other""#]) { $1 }
    #expect(try needingUnit(alone, moved) == ["folder.path of inbox"])
    let renamed = moved.merging(["folder.name": #""other""#]) { $1 }
    #expect(try needingUnit(alone, renamed) == ["folder other added"])
    #expect(try needingUnit([:], ["folder.path": #""/srv/other""#]) == [])
  }

  @Test("many changes make a short line, and each has the command that it takes")
  func line() {
    let changes = [
      SettingsChange(key: "journal.directory", effect: .restart),
      SettingsChange(key: "folder.path", folder: "inbox", effect: .unit), SettingsChange(key: "upload.acl"),
    ]
    #expect(changes.text() == "journal.directory, folder.path of inbox, upload.acl")
    #expect(changes.text(limit: 1) == "journal.directory and 2 more")
    #expect(changes[0].command == "systemctl restart s3loggerd" && changes[2].command == nil)
    #expect(changes[1].command == "systemctl daemon-reload && systemctl restart s3loggerd")
  }
}
