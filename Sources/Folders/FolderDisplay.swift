package import DaemonConfiguration
package import SystemSupport

/// What the folders show to the rest of the daemon, and what their pages ask of it.
package protocol FolderDisplay: Sendable {
  /// Receives something whenever a page may have to say something else.
  var pageChanges: Mailbox<Void> { get }

  /// What is to be known of the delivery for a folder's page; nil while nothing is known.
  func outlook(for folder: String) -> DeliveryOutlook?

  /// What cannot be done now, in words.
  var troubles: [TroubleSubject: String] { get }

  /// What cannot be done about the subject; nil once it could.
  func show(_ trouble: String?, of subject: TroubleSubject)

  /// What became of moves, receipts and the like.
  func showFollowUps(_ outcomes: [FollowUpTroubles.Outcome])

  /// Forgets the troubles of folders and pages that are wanted no more: nobody tries again what they are about.
  func keepTroubles(of folders: [FolderSettings])

  /// Something in a folder has changed.
  func touch()
}

extension FolderDisplay {
  /// What cannot be done in the folder; of its files, or of its page.
  package func trouble(of folder: String) -> String? {
    let troubles = troubles
    return troubles[.files(of: folder)] ?? troubles[.page(of: folder)]
  }
}

/// What something cannot be done about; the first is the one that the status line names.
package enum TroubleSubject: Sendable, Hashable, Comparable {
  /// Nobody knows who saved the files.
  case savers
  /// Moves, receipts and the like in this folder.
  case files(of: String)
  /// The status page of this folder.
  case page(of: String)
  /// The custody ledger.
  case custody
}

/// How the delivery stands, as far as a folder's page says so.
package struct DeliveryOutlook: Sendable, Equatable {
  /// Files of the folder that are on their way.
  package var pending: Int
  /// Whether a person has to do something before anything is delivered.
  package var isBlocked: Bool
  /// Whether everything waits for a service, or for room on a disk.
  package var isWaiting: Bool

  package init(pending: Int, isBlocked: Bool, isWaiting: Bool) {
    self.pending = pending
    self.isBlocked = isBlocked
    self.isWaiting = isWaiting
  }
}
