import DaemonConfiguration
import DeliveryModel
import Folders
import SystemSupport

/// `check`: whether the watches of all folders fit into the memory of the unit, as the folders are now.
struct WatchMemoryCheck {
  let bound: WatchBound
  /// Of each folder that is watched by events.
  let directories: [(folder: FolderSettings, count: DirectoryCount)]

  /// One for each folder a part of which would be polled. In the order of the configuration, as if the folders came one after the other.
  var findings: [FolderAccess.Finding] {
    var shares = WatchShares(total: bound.watches, folders: directories.count)
    let total = directories.reduce(0) { $0 + WatchBound.weight(ofDirectories: $1.count.count) }
    let wanted = WatchBound.written(WatchBound.sufficient(for: total))
    return directories.compactMap { folder, count in
      if shares.hold(WatchBound.weight(ofDirectories: count.count), folder: folder.name) { return nil }
      let number = (count.isMore ? "at least " : "") + "\(count.count)"
      return FolderAccess.Finding(
        subject: EscapedText.escape("\(folder.name) \(folder.path)"), isGood: true, isWarning: true,
        detail: "it has \(number) directories, whose watches do not all fit into the memory that all folders' may take"
          + " (\(WatchBound.written(bound.watches)) of \(WatchBound.written(bound.limit))): the rest will be polled, which is"
          + " slower and loses nothing; MemoryMax=\(wanted) would do for all folders",
        remedy: Self.remedy(wanted))
    }
  }

  private static func remedy(_ limit: String) -> String {
    let directory = "/etc/systemd/system/s3loggerd.service.d"
    return "sh -c 'mkdir -p \(directory) && printf \"[Service]\\nMemoryMax=\(limit)\\n\" >\(directory)/memory.conf"
      + " && systemctl daemon-reload && systemctl restart s3loggerd'"
  }
}
