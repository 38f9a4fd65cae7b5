import ArgumentParser
import Daemon
import DeliveryModel

/// `is-safe`: may this file be deleted?
struct IsSafeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "is-safe", abstract: "Is exactly this content of these files uploaded and recorded?",
    discussion: "One line each. Exit status: 0 all safe, 5 not.")

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "Files in watched folders.")
  var paths: [String]

  func run() throws {
    let queue = try Inspecting.queue(try options.load(), options)
    var allSafe = true
    let paths = paths.map { RawArgument.bytes(of: $0) }
    for (path, answer) in zip(paths, queue.safety(of: paths)) {
      switch answer {
      case .safe(let number, let moment):
        print("safe      \(EscapedText.escape(path)) (delivery \(number), recorded \(moment))")
      case .notSafe(let reason):
        allSafe = false
        print("NOT SAFE  \(EscapedText.escape(path)): \(reason)")
      }
    }
    if !allSafe { throw ExitCode.notSafe }
  }
}
