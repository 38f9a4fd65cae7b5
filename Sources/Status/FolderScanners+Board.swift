import DaemonConfiguration
import DeliveryModel
package import Folders
package import Logging

extension FolderScanners {
  /// They show on the board, and say in the log, when a scanner goes and when it is back.
  package convenience init(board: StatusBoard, logger: Logger) {
    self.init { folder, socket, event in
      switch event {
      case .away(let outage):
        board.showScanner(of: folder.name, ScannerTrouble(socket: socket, outage: outage))
        logger.error(
          """
          folder \(folder.name): the virus scanner at \(socket) does not answer (\(outage.reason)); the folder's files \
          wait for it, those of others do not; see systemctl status clamav-daemon
          """)
      case .replaced: board.showScanner(of: folder.name, nil)
      case .back:
        board.showScanner(of: folder.name, nil)
        logger.notice("folder \(folder.name): the virus scanner at \(socket) answers again; the folder's files go on")
      case .failed(let path):
        logger.warning(
          """
          the virus scanner at \(socket) fails on this file, and works for others: \(folder.name)/\(path.escaped) was \
          not scanned; antivirus_failure says what becomes of it
          """)
      }
    }
  }
}
