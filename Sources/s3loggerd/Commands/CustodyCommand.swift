import ArgumentParser

/// `custody`: the signed list of what was received.
struct CustodyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "custody", abstract: "Look at the signed list of what was received.",
    subcommands: [CustodyStatusCommand.self, CustodyVerifyCommand.self])
}
