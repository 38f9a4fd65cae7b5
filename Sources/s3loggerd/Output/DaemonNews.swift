import ControlSocket
import Daemon
import DaemonConfiguration
import Status

/// What the running daemon says every second, for `queue --watch`; what is known without it where it says nothing.
struct DaemonNews {
  /// One look.
  struct Told {
    var status: String
    var work: StatusReport.UnderWay?
    /// Whether the daemon sent it when it was due; else the next is to be waited for.
    var isPushed: Bool
  }

  private let configuration: Configuration
  private let file: String
  private var connection: ControlConnection?

  init(_ configuration: Configuration, file: String) {
    self.configuration = configuration
    self.file = file
  }

  /// The next. Blocks until the daemon has something to say, for some seconds at most.
  mutating func next() -> Told {
    do {
      let connection = try connection ?? begin()
      let frame = try connection.next(ControlFrame.self, within: ControlConnection.patience + .seconds(1))
      self.connection = connection
      return Told(status: frame.line, work: frame.underWay, isPushed: true)
    } catch {
      connection = nil
      guard let found = try? RunningDaemon.status(configuration, file: file) else {
        return Told(status: "the daemon does not run", work: nil, isPushed: false)
      }
      let caution = found.caution.map { " (\($0))" } ?? ""
      return Told(status: found.report.status + caution, work: found.report.underWay, isPushed: false)
    }
  }

  private func begin() throws -> ControlConnection {
    let connection = try DaemonConnection.open(configuration, file: file)
    try connection.ask(.watch)
    return connection
  }
}
