import ArgumentParser
import Daemon
import Foundation

/// `note-exit`: for `ExecStopPost=` alone. Writes down how systemd saw a run end that could not say so itself.
struct NoteExitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note-exit", abstract: "Write down how the last run ended (for the unit).", shouldDisplay: false)

  func run() {
    let environment = ProcessInfo.processInfo.environment
    guard let directory = environment["STATE_DIRECTORY"]?.split(separator: ":").first else { return }
    RunMarker(directory: String(directory)).note(environment: environment)
  }
}
