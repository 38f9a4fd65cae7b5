import DeliveryModel
import FolderFeedback
import Synchronization
import SystemSupport

/// What is known of the page of one folder, and who waits for it to change.
final class StandingPage: Sendable {
  /// Rings when it may have to say something else.
  let news = WorkSignal()
  private let state = Mutex(State())

  private struct State {
    /// As this process wrote it; nil where nothing is known of it.
    var written: StatusPage?
    /// The directory for which this process has told the journal of the page.
    var noted: FolderRoot?
  }

  var written: StatusPage? {
    get { state.withLock { $0.written } }
    set { state.withLock { $0.written = newValue } }
  }

  var noted: FolderRoot? {
    get { state.withLock { $0.noted } }
    set { state.withLock { $0.noted = newValue } }
  }
}
