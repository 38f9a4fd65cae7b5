import DeliveryModel
import Folders
import SystemSupport

extension ServedPlaces {
  /// A file that is missing, or another one, in a directory that took the place of the one in which it was seen: nothing is
  /// known about it.
  static func doubt(_ hashed: HashedFile, of file: SettledFile, _ root: RootDirectory) -> HashedFile {
    switch hashed.outcome {
    case .gone, .changed: break
    default: return hashed
    }
    guard let seen = file.root, let now = try? root.seen(), seen.isOther(than: now) else { return hashed }
    let reason =
      "the directory in which it was seen is no longer \(EscapedText.escape(seen.path)), where another one stands; it waits "
      + "until that is back, or until it is ended with: s3loggerd queue dismiss"
    return HashedFile(
      number: hashed.number, outcome: .unreadable(code: "folder-unavailable", reason: reason), content: nil)
  }
}
