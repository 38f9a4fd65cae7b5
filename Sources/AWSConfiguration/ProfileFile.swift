/// The AWS tools' shared files, `~/.aws/credentials` and `~/.aws/config`.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
package struct ProfileFile: Sendable, Equatable {
  /// Settings by profile.
  package private(set) var profiles: [String: ProfileSettings] = [:]
  /// The sections `[services name]` of the config file.
  package private(set) var services: [String: ProfileSettings] = [:]

  /// In the credentials file the name of a section is that of the profile. In the config file (`isConfig`) a profile other
  /// than `default` is named `[profile name]`, by a shell's rules of quoting; where two sections name one profile, the
  /// later one is it.
  package init(parsing bytes: [UInt8], isConfig: Bool) {
    for section in INIText(parsing: bytes).sections {
      let settings = ProfileSettings(section.values)
      guard isConfig, section.name != "default" else {
        profiles[section.name] = settings
        continue
      }
      let words = CommandLineText.split(section.name) ?? []
      guard words.count == 2 else { continue }
      if section.name.utf8.starts(with: "profile".utf8) { profiles[words[1]] = settings }
      if section.name.utf8.starts(with: "services".utf8) { services[words[1]] = settings }
    }
  }

  /// Adds the settings of `other`; where both have one, this file's stays.
  package func merged(with other: ProfileFile) -> ProfileFile {
    var result = self
    for (name, settings) in other.profiles {
      result.profiles[name, default: ProfileSettings()].complete(from: settings)
    }
    for (name, settings) in other.services {
      result.services[name, default: ProfileSettings()].complete(from: settings)
    }
    return result
  }
}
