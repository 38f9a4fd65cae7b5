import ArgumentParser
import ControlSocket
import Daemon
import DaemonConfiguration
import DeliveryModel

/// What came of orders, for a person: what was done on standard output, what was not on standard error.
enum OrderOutput {
  /// Carries an order out, or says why not and leaves with 1; with 4 for a folder that there is not.
  static func carryOut(_ order: QueueOrder, _ configuration: Configuration, _ options: ConfigurationOptions)
    async throws -> QueueOrder.Report
  {
    do {
      return try await order.carryOut(configuration, file: options.file)
    } catch let refusal as ControlRefusal where refusal.error == .noFolder {
      StandardError.print("s3loggerd: \(refusal)")
      throw ExitCode.notFound
    } catch {
      StandardError.print("s3loggerd: \(error)")
      throw ExitCode.failed
    }
  }

  /// Deliveries one by one. Leaves with 4 where one of them is none.
  static func show(_ report: QueueOrder.Report) throws {
    var isMissing = false
    for item in report.items {
      let number = item.number ?? 0
      switch item.outcome {
      case .unknown:
        isMissing = true
        StandardError.print(
          "s3loggerd: there is no delivery \(number)" + (report.changed == 0 ? "; nothing was changed" : ""))
      case .due, .underWay, .ended: print("\(number): \(item.message)")
      default: StandardError.print("s3loggerd: delivery \(number) \(item.message)")
      }
    }
    if let later = report.later { tell(later: later) }
    if isMissing { throw ExitCode.notFound }
  }

  static func tell(later reason: String) {
    print("not yet: \(reason). The daemon carries it out as soon as it can; if it ends before, the order is lost")
  }
}
