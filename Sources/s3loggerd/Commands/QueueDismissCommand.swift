import ArgumentParser
import Daemon

/// `queue dismiss`.
struct QueueDismissCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dismiss", abstract: "End pending, parked or rejected deliveries for good.",
    discussion: """
      The files themselves are not touched, and are not taken up again unless they change. What is being uploaded at this \
      moment goes on. Says for each what came of it. Exit status: 0, or 4 if there is no such delivery.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "The deliveries' numbers.")
  var numbers: [Int64]

  func run() async throws {
    let configuration = try options.load()
    _ = try Inspecting.queue(configuration, options)
    try OrderOutput.show(try await OrderOutput.carryOut(.dismiss(numbers), configuration, options))
  }
}
