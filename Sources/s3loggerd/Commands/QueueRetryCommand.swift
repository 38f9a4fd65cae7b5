import ArgumentParser
import ControlSocket
import Daemon
import DaemonConfiguration
import DeliveryModel

/// `queue retry`.
struct QueueRetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Make pending or parked deliveries due now.",
    discussion: "Says for each what came of it. Exit status: 0, or 4 if there is no such delivery or folder.")

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "The deliveries' numbers.")
  var numbers: [Int64] = []

  @Flag(help: "All that are pending or parked.")
  var all = false

  @Option(help: "All of this folder.")
  var folder: String?

  func validate() throws {
    let ways = [!numbers.isEmpty, all, folder != nil].count { $0 }
    if ways != 1 {
      throw ValidationError("name deliveries by their numbers, all of a folder with --folder, or all with --all")
    }
  }

  func run() async throws {
    let configuration = try options.load()
    let queue = try Inspecting.queue(configuration, options)
    if let folder {
      guard configuration.folders.contains(where: { $0.name == folder }) else {
        StandardError.print("s3loggerd: there is no folder \(EscapedText.escape(folder)) in the configuration")
        throw ExitCode.notFound
      }
      return summarize(try await OrderOutput.carryOut(.retry(.folder(folder)), configuration, options))
    }
    guard !all else { return summarize(try await OrderOutput.carryOut(.retry(.all), configuration, options)) }
    var wanted: [Int64] = []
    for number in numbers {
      // Whether something would come of it for a file that was refused depends on where that is now.
      if let delivery = try queue.show(String(number))?.delivery, delivery.state == .rejected,
        let reason = queue.obstacle(toRetrying: delivery)
      {
        StandardError.print("s3loggerd: delivery \(number) is \(delivery.state.rawValue): \(reason)")
      } else {
        wanted.append(number)
      }
    }
    guard !wanted.isEmpty else { return }
    try OrderOutput.show(try await OrderOutput.carryOut(.retry(.numbers(wanted)), configuration, options))
  }

  private func summarize(_ report: QueueOrder.Report) {
    if let later = report.later { return OrderOutput.tell(later: later) }
    switch (report.changed, report.isRunning) {
    case (0, true): print("nothing is pending or parked")
    case (0, false): print("nothing is pending or parked; the daemon does not run now")
    case (let count, true): print("\(count.counted("delivery", "deliveries")) will be tried now")
    case (let count, false): print("\(count) due when the daemon starts; it does not run now")
    }
  }
}
