import ArgumentParser
import DaemonConfiguration
import DeliveryModel

/// What somebody meant who typed a command that there is not.
enum CommandHint {
  /// Nil where the first words name a command.
  static func hint(for arguments: [String]) -> String? {
    guard let word = arguments.first, !word.hasPrefix("-") else { return nil }
    let commands = names(of: S3LoggerdCommand.self)
    let verbs = names(of: QueueCommand.self)
    if word == "queue" { return hint(afterQueue: arguments.dropFirst().first, verbs) }
    if commands.contains(word) { return nil }
    let rest = arguments.dropFirst().map { " " + shown($0) }.joined()
    if verbs.contains(word) { return unknown(word, "s3loggerd queue \(word)\(rest)") }
    return unknown(word, nearest(word, commands).map { "s3loggerd \($0)\(rest)" })
  }

  private static func hint(afterQueue verb: String?, _ verbs: [String]) -> String? {
    guard let verb, !verb.hasPrefix("-"), !verbs.contains(verb) else { return nil }
    if verb.contains("/") || Int(verb) != nil { return unknown("queue \(verb)", "s3loggerd queue show \(shown(verb))") }
    return unknown("queue \(verb)", nearest(verb, verbs).map { "s3loggerd queue \($0)" })
  }

  /// The one that the word is the beginning of, else the one most like it.
  private static func nearest(_ word: String, _ names: [String]) -> String? {
    let begun = names.filter { word.count > 1 && $0.hasPrefix(word) }
    return begun.count == 1 ? begun[0] : NearestName.find(word, among: names)
  }

  private static func unknown(_ word: String, _ right: String?) -> String {
    "there is no command '\(shown(word))'" + (right.map { "; did you mean: \($0)" } ?? "")
  }

  private static func names(of command: any ParsableCommand.Type) -> [String] {
    command.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
  }

  private static func shown(_ word: String) -> String { EscapedText.escape(word) }
}
