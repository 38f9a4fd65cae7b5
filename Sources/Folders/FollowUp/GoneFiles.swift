import DaemonConfiguration
package import DeliveryModel
import Glibc
import SystemSupport

/// Which of the files that were delivered long ago are no longer there, so that nobody needs to know them any more.
package struct GoneFiles: Sendable {
  let folders: FolderSet
  let settings: @Sendable () -> ConfiguredFolders

  package init(
    folders: FolderSet, settings: @escaping @Sendable () -> ConfiguredFolders
  ) {
    self.folders = folders
    self.settings = settings
  }

  /// The numbers of those that are certainly gone: the very directory in which they were seen is there, and has no such name.
  /// Of a folder that is away, does not answer or is out of the configuration nothing is certain.
  package func among(_ deliveries: [Delivery]) async -> [Int64] {
    let settings = settings()
    let byFolder = Dictionary(grouping: deliveries) {
      ServedPlaces.server(of: $0.file, among: settings.folders)?.name
    }
    var gone: [Int64] = []
    for (name, deliveries) in byFolder {
      guard let name, let folder = folders.folder(name), folder.isAvailable else { continue }
      gone += await folder.runner.perform(.page) { Self.gone(deliveries, settings) } ?? []
    }
    return gone
  }

  /// Blocks.
  private static func gone(_ deliveries: [Delivery], _ settings: ConfiguredFolders) -> [Int64] {
    var places = ServedPlaces(settings)
    return deliveries.filter { delivery in
      guard let seen = delivery.file.root, case .served(_, let root) = places.place(of: delivery.file),
        let now = try? root.seen(),
        seen.isSame(as: now) || seen.inode != 0 && now.isRemounted(from: seen)
      else { return false }
      do throws(SystemCallError) {
        _ = try root.status(of: delivery.file.path)
        return false
      } catch {
        return error.code == ENOENT || error.code == ENOTDIR
      }
    }.map(\.number)
  }
}
