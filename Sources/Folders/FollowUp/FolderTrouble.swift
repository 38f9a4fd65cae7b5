import DaemonConfiguration
import DeliveryModel
import Glibc
import SystemSupport

/// Why the daemon cannot change something in a folder, in words for the administrator.
struct FolderTrouble {
  /// What cannot be done, in words.
  let what: String
  let folder: FolderSettings
  let error: SystemCallError

  init(what: String, folder: FolderSettings, error: SystemCallError) {
    self.what = what
    self.folder = folder
    self.error = error
  }

  init(_ kind: Errand.Kind, folder: FolderSettings, error: SystemCallError) {
    let disposal = folder.afterUpload == .delete ? "deleted" : "moved"
    let what =
      switch kind {
      case .dispose: "delivered files cannot be \(disposal)"
      case .receipt: "receipts cannot be written"
      case .reject: "refused files cannot be moved aside"
      case .tidy: "notes about files that were taken back cannot be removed"
      }
    self.init(what: what, folder: folder, error: error)
  }

  var text: String {
    "folder \(folder.name): \(what): \(error.meaning); \(advice); deliveries go on"
  }

  private var occupied: String {
    EscapedText.escape(Array(folder.path.utf8) + [UInt8(ascii: "/")] + (error.path ?? []))
  }

  private var advice: String {
    switch error.code {
    case _ where error == .unprotected:
      "mount the file system with ACLs, or make the daemon's user a member of the groups that own the directories"
    case EEXIST where error.call == SystemCallError.occupiedCall:
      "give it another name in the configuration, or take theirs away: \(occupied)"
    case _ where error == .differs: "give it the rights of the folder, or take it away"
    case _ where error == .foreign: "remove it"
    case EXDEV: "watch that directory as a [[folder]] of its own"
    case EROFS: "let the unit write there (ReadWritePaths=\(folder.path)), or mount it read-write"
    case EACCES, EPERM: "give the daemon's user the right to write in the folder (s3loggerd check tells how)"
    case ENOSPC, EDQUOT: "make space"
    case EEXIST: "no free name was found for a file where they go; clear out that folder"
    case EFBIG: "move the table of that day away, a new one is begun"
    default: "it is tried again"
    }
  }
}
