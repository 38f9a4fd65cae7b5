import DeliveryJournal
import DeliveryModel
import Folders

/// Makes durable what folders found out that is no file to deliver.
struct FolderNotes: Sendable {
  let journal: Journal
  let now: @Sendable () -> Timestamp

  /// Returns once it is durable. What a full disk or a lock keeps from being written is tried again, as files are that come
  /// after it: the engine says so.
  ///
  /// - Throws: what ends the use of the journal, and `CancellationError`.
  func take(_ findings: FolderFindings) async throws {
    while true {
      do throws(JournalError) {
        return try await note(findings)
      } catch .busy {} catch .storageFull {}
      try await Task.sleep(for: JournalError.pause)
    }
  }

  private func note(_ findings: FolderFindings) async throws(JournalError) {
    if findings.isLookedThrough {
      try await journal.noteLookedThrough(findings.root, folder: findings.folder, at: now())
    }
    try await journal.noteDeparted(
      findings.departed, from: findings.root, folders: [findings.folder] + findings.formerNames, at: now())
  }
}
