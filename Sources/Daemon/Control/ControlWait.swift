import ControlSocket
import DeliveryModel
import Folders

/// A line of `wait` before the last: what is waited for.
package struct ControlWaitNews: Codable, Sendable, Equatable {
  package var v = ControlProtocol.version
  package var waiting: [Folder]

  package struct Folder: Codable, Sendable, Equatable {
    package var folder: String
    /// `looking`, `settling`, `delivering`, `done` or `unavailable`.
    package var stage: String
    package var reason: String?

    init(_ folder: String, _ state: FolderWait.State) {
      self.folder = folder
      stage = state.word
      reason = state.reason
    }
  }

  init(waiting: [Folder]) { self.waiting = waiting }
}

/// The last line of `wait`, and what `wait --json` prints.
package struct ControlWaitEnd: Codable, Sendable, Equatable {
  package var v = ControlProtocol.version
  package var end = true
  /// `done`, `timeout` or `unavailable`.
  package var outcome: String
  package var folders: [Folder]
  /// Where files wait that no folder watches, if all folders were asked about.
  package var unwatched: [Unwatched]?

  package struct Unwatched: Codable, Sendable, Equatable {
    /// That took them up.
    package var folder: String
    package var path: String
    package var files: Int
    /// What that means, and what to do.
    package var text: String

    init(_ place: UnwatchedPlace) {
      (folder, path, files, text) = (place.folder, place.path, place.files, place.text)
    }
  }

  package struct Folder: Codable, Sendable, Equatable {
    package var folder: String
    /// As in ``ControlWaitNews/Folder``.
    package var stage: String
    package var reason: String?
    /// What is not recorded: the first, by name.
    package var missing: [File] = []
    /// How many files are not at rest, or cannot be read, where that is what is waited for.
    package var missingCount: Int?
    /// What ended otherwise since the call.
    package var withdrawn: Ended?
    package var rejected: Ended?
  }

  package struct Ended: Codable, Sendable, Equatable {
    package var count: Int
    package var first: [File]
  }

  package struct File: Codable, Sendable, Equatable {
    package var number: Int64?
    /// Nil where who asks may not know it.
    package var path: String?
    /// A delivery's, or `settling`.
    package var state: String
    package var reason: String?
  }

  init(outcome: WaitOutcome, folders: [Folder]) {
    self.outcome = outcome.rawValue
    self.folders = folders
  }
}

extension FolderWait.State {
  /// As JSON has it.
  var word: String {
    switch self {
    case .looking: "looking"
    case .settling: "settling"
    case .delivering: "delivering"
    case .done: "done"
    case .unavailable: "unavailable"
    }
  }

  /// What it waits for, in words.
  var reason: String? {
    switch self {
    case .looking: "it is being looked through"
    case .settling(1): "1 file is not at rest, or cannot be read"
    case .settling(let files): "\(files) files are not at rest, or cannot be read"
    case .delivering(0): "files are on their way"
    case .delivering(let parked):
      "\(parked.counted("file")) set aside for a fault of \(parked == 1 ? "its" : "their") own: s3loggerd queue --state parked"
    case .done: nil
    case .unavailable(let reason): reason
    }
  }
}

extension SnapshotSurvey.Hindrance {
  /// In words.
  var text: String {
    switch self {
    case .settling: "it is not at rest yet"
    case .heldOpen: "a program has it open for writing"
    case .unreadable(let reason): "the service may not read it: \(reason)"
    }
  }
}
