import ControlSocket
import Delivery
import DeliveryModel
import HTTPTransport
package import Status

/// How the daemon is doing at this moment, for who asks on the control socket.
actor LivingStatus {
  private let reporter: StatusReporter
  private let engine: DeliveryEngine
  private let transport: CurlTransport
  private var last: (report: StatusReport, work: [WorkUnderWay], at: ContinuousClock.Instant)?

  /// What was made serves all who may only read and ask within this time: they cannot make much work by asking often.
  private static let freshness = Duration.milliseconds(500)

  init(reporter: StatusReporter, engine: DeliveryEngine, transport: CurlTransport) {
    self.reporter = reporter
    self.engine = engine
    self.transport = transport
  }

  /// The whole, as a line that fits.
  func answer(for access: ControlAccess) async throws -> ControlStatus {
    var (report, work) = await current(access)
    report.underWay = underWay(work, access)
    return ControlStatus(status: report.bounded)
  }

  /// What changes from second to second.
  func frame(for access: ControlAccess) async throws -> ControlFrame {
    let (report, work) = await current(access)
    return ControlFrame(line: report.status, underWay: underWay(work, access))
  }

  private func current(_ access: ControlAccess) async -> (StatusReport, [WorkUnderWay]) {
    if access < .orders, let last, .now - last.at < Self.freshness { return (last.report, last.work) }
    let report = await reporter.report()
    let work = (try? await engine.workUnderWay()) ?? []
    last = (report, work, .now)
    return (report, work)
  }

  private func underWay(_ work: [WorkUnderWay], _ access: ControlAccess) -> StatusReport.UnderWay {
    StatusReport.UnderWay(
      work, sent: TransferProgress.sent(transport.bytesSent()),
      isShown: access == .orders ? { _ in true } : reporter.isShown)
  }
}

/// The answer to `status`.
package struct ControlStatus: Codable, Sendable {
  package var v = ControlProtocol.version
  package var status: StatusReport

  init(status: StatusReport) { self.status = status }
}

/// A line of `watch`.
package struct ControlFrame: Codable, Sendable {
  package var v = ControlProtocol.version
  /// The status line.
  package var line: String
  package var underWay: StatusReport.UnderWay

  init(line: String, underWay: StatusReport.UnderWay) {
    self.line = line
    self.underWay = underWay
  }
}
