import DeliveryJournal
import DeliveryModel
import Folders
import Logging
import ServiceManager
import Status
import Synchronization

/// Tells of what waits of the custody ledger: in the status line, the log and an alert, each once.
final class LedgerReport: Sendable {
  private struct State {
    var wasTold: Bool
    var last: LedgerTrouble.Kind?
    /// When the first of the present stamps was found missing.
    var stampsMissing: Timestamp?
  }

  private let journal: Journal
  private let board: StatusBoard
  private let logger: Logger
  private let state: Mutex<State>

  /// A stamp that comes within a day is no trouble.
  static let patience = Duration.seconds(86_400)

  /// `wasTold`: the run before this one told that something waits.
  init(journal: Journal, board: StatusBoard, logger: Logger, wasTold: Bool) {
    self.journal = journal
    self.board = board
    self.logger = logger
    state = Mutex(State(wasTold: wasTold))
  }

  /// There is no ledger any more.
  func end() async {
    board.show(nil, of: .custody)
    await tell([], at: Timestamp(milliseconds: 0))
  }

  func tell(_ troubles: [LedgerTrouble], at moment: Timestamp) async {
    let isLate = state.withLock { state in
      let isMissing = troubles.contains { $0.kind == .stamp }
      state.stampsMissing = isMissing ? state.stampsMissing ?? moment : nil
      return state.stampsMissing.map { moment - $0 >= Self.patience } ?? false
    }
    let worst = troubles.filter { $0.kind != .stamp || isLate }.min { $0.kind < $1.kind }
    board.show(worst?.text, of: .custody)
    let (isNew, isOver) = state.withLock { state in
      defer {
        state.last = worst?.kind
        state.wasTold = worst != nil
      }
      return (worst != nil && state.last != worst?.kind, worst == nil && state.wasTold)
    }
    if let worst, isNew {
      logger.warning("\(worst.text)", metadata: [LogKey.code: "custody"])
      await alert(AlertNotice(.blocked, AlertNotice.Subject.custody, at: moment, reason: worst.text))
    }
    if isOver { await alert(AlertNotice(.recovered, AlertNotice.Subject.custody, at: moment)) }
  }

  private func alert(_ notice: AlertNotice) async {
    guard journal.alerts.policy != nil else { return }
    _ = try? await journal.commit([.alert(notice)])
  }
}
