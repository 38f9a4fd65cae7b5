import Testing

@testable import DaemonConfiguration

/// The files beside these tests, and the file system they speak of.
enum ConfigurationFixture {
  static func bytes(_ name: String) throws -> [UInt8] {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return try ConfigurationFile.read("/\(folder)/Fixtures/\(name)").bytes
  }

  /// The configuration that people start from, at the top of the project.
  static func exampleBytes() throws -> [UInt8] {
    let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return try ConfigurationFile.read("/\(top)/config.example.toml").bytes
  }

  /// A machine with some folders in good order and some not.
  static let machine = FolderProbe(isWritable: { $0 != "/srv/read-only" }) { path in
    switch path {
    case "/srv/gone": .missing
    case "/srv/file": .notDirectory
    case "/srv/link": .symbolicLink(target: "/data/link")
    case "/srv/locked": .refused(reason: "Permission denied")
    case "/alias/hidden": .directory(resolved: "/srv/inbox/hidden")
    default: .directory(resolved: path)
    }
  }

  static func parse(
    _ text: String, environment: [String: String] = [:], folders: FolderProbe = machine
  ) -> ConfigurationOutcome {
    ConfigurationLoader.parse(Array(text.utf8), file: "config.toml", environment: environment, folders: folders)
  }

  /// The smallest right configuration, with more in it.
  static func minimal(aws: String = "", sections: String = "", folder: String = "") -> String {
    """
    [aws]
    region = "eu-south-1"
    bucket = "s3logger-files"
    table = "s3logger-metadata"
    \(aws)
    \(sections)
    [[folder]]
    name = "inbox"
    path = "/srv/inbox"
    \(folder)
    """
  }
}
