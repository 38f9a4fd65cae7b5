import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// `check`: folders of which one is a part of another by another path, as a bind mount makes it. The daemon knows the
/// directory when it meets it and leaves it to the folder that it is the root of: that should be what is meant.
struct SharedDirectories {
  /// The folders, with where they are: links above them followed.
  let folders: [(folder: FolderSettings, path: String)]

  var findings: [FolderAccess.Finding] {
    findings(MountTable.locations(of: folders.map(\.path)))
  }

  func findings(_ locations: [MountTable.Location?]) -> [FolderAccess.Finding] {
    let placed = zip(folders, locations).compactMap { folder, location in location.map { (folder.folder, $0) } }
    return placed.flatMap { inner, location in
      placed.compactMap { outer, other in
        guard inner.name != outer.name, location.isSame(as: other, orBelow: true) else { return nil }
        let subject = EscapedText.escape("\(inner.name) \(inner.path)")
        let name = EscapedText.escape("\(outer.name) (\(outer.path))")
        guard !other.isSame(as: location, orBelow: true) else {
          return FolderAccess.Finding(
            subject: subject, isGood: false,
            detail: "it is the very directory of folder \(name), by another path: only one of the two is watched, so "
              + "remove the other from the configuration")
        }
        return FolderAccess.Finding(
          subject: subject, isGood: true, isWarning: true,
          detail: "it is a part of folder \(name), by another path (a mount): what is saved in it is delivered by this "
            + "folder alone, under whichever path; remove one of the two from the configuration if that is not meant")
      }
    }
  }
}
