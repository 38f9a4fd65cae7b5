import ArgumentParser
import ControlSocket
import Daemon
import DaemonConfiguration
import DeliveryModel

/// `queue take`.
struct QueueTakeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "take", abstract: "Deliver a file although a built-in rule passes over its name.",
    discussion: "Says for each what came of it. Exit status: 0, 1 if it cannot be taken, or 4 if there is no such file."
  )

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "Files in watched folders.")
  var paths: [String]

  func run() async throws {
    let configuration = try options.load()
    let queue = try Inspecting.queue(configuration, options)
    let given = paths.map { RawArgument.bytes(of: $0) }
    let orders = try given.map { ($0, try order($0, queue)) }
    var worst: ExitCode?
    for (path, order) in orders {
      let report = try await OrderOutput.carryOut(order, configuration, options)
      for item in report.items {
        let text = "\(EscapedText.escape(path)): \(item.message)"
        switch item.outcome {
        case .noFile, .refused:
          worst = item.outcome == .noFile ? .notFound : .failed
          StandardError.print("s3loggerd: \(text)")
        default: print(text)
        }
      }
    }
    if let worst { throw worst }
  }

  /// All are looked at before any is ordered.
  private func order(_ path: [UInt8], _ queue: QueueInspection) throws -> QueueOrder {
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
