package import DeliveryModel
import Synchronization

/// The question whether everything that lies in a folder now is durable, and how far it is with that. Whoever drops it asks
/// no more.
package final class SnapshotSurvey: Sendable {
  /// What keeps a file from being handed over.
  package enum Hindrance: Sendable, Equatable {
    /// It is not at rest.
    case settling
    /// A program has it open for writing.
    case heldOpen
    /// The service may not read it; why.
    case unreadable(String)
  }

  package struct Missing: Sendable, Equatable {
    package let path: RelativePath
    package let hindrance: Hindrance
  }

  package enum Progress: Sendable, Equatable {
    /// The folder is to be looked through, or is.
    case looking
    /// So many files are not at rest or cannot be read, or are about to be written down; the first of them by name.
    case settling(files: Int, first: [Missing])
    /// All is in the receiver's hands.
    case complete
  }

  /// Names that are told.
  package static let named = 20

  private struct State {
    var progress = Progress.looking
    var isTaken = false
  }

  private let state = Mutex(State())

  package var progress: Progress { state.withLock { $0.progress } }

  /// Whether the folder's thread has heard of it: whoever asks later is to be answered by another.
  var isTaken: Bool { state.withLock { $0.isTaken } }

  func take() { state.withLock { $0.isTaken = true } }

  func show(_ progress: Progress) { state.withLock { $0.progress = progress } }
}
