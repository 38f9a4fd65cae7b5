import DaemonConfiguration
import DeliveryModel
import Dispatch
import SystemSupport

/// Reads and hashes files off the engine's loop: small ones in batches on one queue, large ones on another, so that a
/// huge file never holds up the small.
struct FileReaders: Sendable {
  let events: Mailbox<EngineEvent>
  private let small = DispatchQueue(label: "s3loggerd.read.small")
  private let large = DispatchQueue(label: "s3loggerd.read.large")
  private let ownerNames = UserNames()

  init(events: Mailbox<EngineEvent>) {
    self.events = events
  }

  /// Files per batch: the first are sent while the rest are read.
  private static let batch = 32

  /// Reads the files; each comes back as an event. Returns at once.
  func read(_ deliveries: [Delivery], _ settings: EngineSettings) {
    let limit = FileReading.inMemoryLimit
    let smallOnes = deliveries.filter { $0.file.identity.size <= limit }
    for start in stride(from: 0, to: smallOnes.count, by: Self.batch) {
      let batch = Array(smallOnes[start..<min(start + Self.batch, smallOnes.count)])
      small.async { events.post(.hashed(read(batch: batch, settings))) }
    }
    for delivery in deliveries where delivery.file.identity.size > limit {
      large.async { events.post(.hashed(read(batch: [delivery], settings))) }
    }
  }

  private func read(batch: [Delivery], _ settings: EngineSettings) -> [HashedFile] {
    var roots: [String: Result<RootDirectory, SystemCallError>] = [:]
    return batch.map { delivery in
      let name = delivery.file.folder
      guard let folder = settings.configuration.folders.first(where: { $0.name == name }) else {
        return unavailable(delivery, "folder \(name) is no longer in the configuration; its file waits until it is")
      }
      let root = roots[name] ?? Result { () throws(SystemCallError) in try RootDirectory(folder.path) }
      roots[name] = root
      switch root {
      case .success(let root):
        return FileReading(delivery: delivery, folder: folder, settings: settings, ownerNames: ownerNames).read(
          below: root)
      case .failure(let error):
        return unavailable(delivery, "folder \(name) is not available (\(error)); its files are waited for")
      }
    }
  }

  private func unavailable(_ delivery: Delivery, _ reason: String) -> HashedFile {
    HashedFile(
      number: delivery.number, outcome: .unreadable(code: "folder-unavailable", reason: reason), content: nil)
  }
}
