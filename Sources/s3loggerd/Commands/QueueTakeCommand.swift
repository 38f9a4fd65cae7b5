import ArgumentParser
import Daemon
import DaemonConfiguration
import DeliveryModel

/// `queue take`.
struct QueueTakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "take", abstract: "Deliver a file although a built-in rule passes over its name.",
    discussion: "Exit status: 0, 1 if it cannot be taken, or 4 if there is no such file.")

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "Files in watched folders.")
  var paths: [String]

  func run() throws {
    let configuration = try options.load()
    let queue = try Inspecting.queue(configuration, options)
    let orders = try paths.map { try order(RawArgument.bytes(of: $0), queue) }
    for order in orders {
      do {
        try order.drop(in: configuration.journal.directory)
      } catch {
        StandardError.print("s3loggerd: the order cannot be left for the daemon: \(error)")
        throw ExitCode.failed
      }
    }
    let isRunning = (try? RunningDaemon.status(configuration).isRunning) ?? true
    print(
      "\(orders.count.counted("file")) "
        + (isRunning ? "taken up by the daemon now" : "taken up when the daemon starts; it does not run now"))
  }

  /// All are looked at before any is ordered.
  private func order(_ path: [UInt8], _ queue: QueueInspection) throws -> CommandRequest {
    let name = EscapedText.escape(path)
    let found: (place: FolderPlace, isFile: Bool)?
    do throws(FolderSilent) {
      found = try queue.place(of: path)
    } catch {
      StandardError.print("s3loggerd: \(name): \(error); nothing was changed")
      throw ExitCode.failed
    }
    guard let (place, isFile) = found, isFile else {
      StandardError.print("s3loggerd: \(name) is no file in a watched folder; nothing was changed")
      throw ExitCode.notFound
    }
    if let reason = place.obstacleToTaking {
      StandardError.print("s3loggerd: \(name) cannot be taken: \(reason); nothing was changed")
      throw ExitCode.failed
    }
    return .take(folder: place.folder.name, path: place.path)
  }
}
