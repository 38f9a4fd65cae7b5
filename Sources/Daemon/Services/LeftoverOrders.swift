import DaemonConfiguration
import DeliveryModel
import Folders
import Synchronization

/// Orders to deliver files that a built-in rule passes over. Each stands in its request file until it is carried out, and is given
/// to the watcher again and again until that has an answer: so none is lost, whatever ends meanwhile.
final class LeftoverOrders: Sendable {
  enum Answer: Sendable, Equatable {
    /// Not yet; the folder may be away, or the file not at rest.
    case pending
    /// It is in the journal.
    case taken
    case refused(String)
  }

  /// The order stands.
  struct Pending: Error {}

  private struct Order: Hashable {
    let folder: String
    let path: RelativePath
  }

  private let answers = Mutex<[Order: TakeOutcome]>([:])

  /// Looks for the answer, or asks. Never blocks.
  func carryOut(_ folder: String, _ path: RelativePath, _ watcher: DropWatcher) -> Answer {
    let order = Order(folder: folder, path: path)
    switch answers.withLock({ $0.removeValue(forKey: order) }) {
    case .accepted?: return .taken
    case .noFile?: return .refused("it is no longer there")
    case .refused(let obstacle)?: return .refused(obstacle.text)
    case nil:
      watcher.take(folder: folder, path: path) { [weak self] outcome in self?.note(outcome, order) }
      return .pending
    }
  }

  private func note(_ outcome: TakeOutcome, _ order: Order) { answers.withLock { $0[order] = outcome } }
}
