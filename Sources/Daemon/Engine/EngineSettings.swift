package import DaemonConfiguration
import DeliveryModel
import FolderFeedback

/// What of the configuration the engine works by; replaced as a whole on a reload.
package struct EngineSettings: Sendable {
  package var configuration: Configuration
  /// The host's name, in the record and the object's metadata.
  package var host: String
  /// The same for every configuration, as is `scanners`.
  package var readers: BodyReaders
  package var scanners: FolderScanners

  package init(
    configuration: Configuration, host: String, readers: BodyReaders = BodyReaders(),
    scanners: FolderScanners = FolderScanners()
  ) {
    self.scanners = scanners
    self.configuration = configuration
    self.host = host
    self.readers = readers
  }

  var machine: DeliveryMachine.Settings {
    let upload = configuration.upload
    return DeliveryMachine.Settings(
      retry: upload.retry, partConcurrency: upload.partConcurrency, bucket: configuration.aws.bucket,
      errands: configuration.folders.reduce(into: [:]) { $0[$1.name] = $1.errands },
      refusing: Set(configuration.folders.filter(\.rules.canRefuse).map(\.name)))
  }
}

extension FolderSettings {
  /// What its staff read.
  var words: Language { Language(rawValue: language.rawValue) ?? .english }
}
