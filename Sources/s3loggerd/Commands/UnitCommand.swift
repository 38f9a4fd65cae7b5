import ArgumentParser
import Daemon
import DaemonConfiguration
import Foundation
import Settings

/// `unit`: what the configuration needs of the unit. The generator of the package calls it for systemd.
struct UnitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unit",
    abstract: "Show the settings that systemd adds to the unit for this configuration.",
    discussion: """
      They are in force after 'systemctl daemon-reload' and 'systemctl restart s3loggerd'; nothing is printed where the \
      unit needs none.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: .hidden)
  var generator: String?

  func run() throws {
    guard let generator else {
      print(UnitDropIn(try options.load()).text, terminator: "")
      return
    }
    // Before a configuration was written the unit does not start; one that is wrong may be right before it starts.
    guard FileManager.default.fileExists(atPath: options.file) else { return }
    let outcome = ConfigurationLoader.load(path: options.file, environment: options.environment, folders: .none)
    let text = (outcome.configuration.map { UnitDropIn($0) } ?? .unknown).text
    guard !text.isEmpty else { return }
    let file = URL(filePath: generator).appending(path: UnitDropIn.name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
}
