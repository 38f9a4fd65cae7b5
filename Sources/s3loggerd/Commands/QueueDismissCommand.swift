import ArgumentParser
import Daemon
import DeliveryModel

/// `queue dismiss`.
struct QueueDismissCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dismiss", abstract: "End pending, parked or rejected deliveries for good.",
    discussion: """
      The files themselves are not touched, and are not taken up again unless they change. What is being uploaded at this \
      moment goes on. Exit status: 0, or 4 if there is no such delivery.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "The deliveries' numbers.")
  var numbers: [Int64]

  func run() async throws {
    let configuration = try options.load()
    let queue = try Inspecting.queue(configuration, options)
    var wanted: [Int64] = []
    for number in numbers {
      guard let delivery = try queue.show(String(number))?.delivery else {
        StandardError.print("s3loggerd: there is no delivery \(number); nothing was changed")
        throw ExitCode.notFound
      }
      if let reason = queue.obstacle(toDismissing: delivery) {
        StandardError.print("s3loggerd: delivery \(number) is \(delivery.state.rawValue): \(reason)")
      } else {
        wanted.append(number)
      }
    }
    guard !wanted.isEmpty else { return }
    switch try await QueueOrder.dismiss(wanted).carryOut(configuration) {
    case .asked: print("the daemon ends \(wanted.count.counted("delivery", "deliveries")) now; queue show NUMBER tells")
    case .done(let count): print("\(count.counted("delivery", "deliveries")) ended; the daemon does not run now")
    }
  }
}
