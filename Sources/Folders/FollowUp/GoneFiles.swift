import DaemonConfiguration
package import DeliveryModel
import Glibc
import SystemSupport

/// Which of the files that were delivered long ago are no longer there, so that nobody needs to know them any more.
package struct GoneFiles: Sendable {
  let runners: FolderRunners
  let settings: @Sendable () -> ConfiguredFolders
  let watched: @Sendable () -> [FolderWatchStatus]

  package init(
    runners: FolderRunners, settings: @escaping @Sendable () -> ConfiguredFolders,
    watched: @escaping @Sendable () -> [FolderWatchStatus]
  ) {
    self.runners = runners
    self.settings = settings
    self.watched = watched
  }

  /// The numbers of those that are certainly gone: the very directory in which they were seen is there, and has no such name.
  /// Of a folder that is away, does not answer or is out of the configuration nothing is certain.
  package func among(_ deliveries: [Delivery]) async -> [Int64] {
    let settings = settings()
    let present = Set(watched().filter(\.available).map(\.name))
    let byFolder = Dictionary(grouping: deliveries) {
      ServedPlaces.server(of: $0.file, among: settings.folders)?.name
    }
    var gone: [Int64] = []
    for (name, deliveries) in byFolder {
      guard let name, present.contains(name), let runner = runners.runner(of: name) else { continue }
      gone += await runner.perform(.page) { Self.gone(deliveries, settings) } ?? []
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
